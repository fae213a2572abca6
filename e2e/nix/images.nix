# The images of the end-to-end tests made by Nix instead of by e2e/images/Dockerfile. Load one with
# `docker load < result` and name it in DHOW_E2E_NODE_IMAGE or DHOW_E2E_REGISTRY_IMAGE.
{ pkgs }:
let
  node = ../images;
in
{
  e2e-node = pkgs.dockerTools.buildLayeredImage {
    name = "dhow-e2e/node";
    tag = "nix";
    contents = [
      pkgs.bash
      pkgs.coreutils
      pkgs.curl
      pkgs.docker
      pkgs.dockerTools.caCertificates
      pkgs.findutils
      pkgs.getent
      pkgs.gnugrep
      pkgs.gnused
      pkgs.iptables
      pkgs.openssh
      pkgs.procps
      pkgs.shadow
      pkgs.util-linux
    ];
    enableFakechroot = true;
    fakeRootCommands = ''
      mkdir -p /etc/ssh/sshd_config.d /usr/local/bin /usr/sbin /root /home /tmp /var/empty /var/log /run
      chmod 1777 /tmp
      printf '%s\n' root:x:0:0::/root:/bin/bash sshd:x:74:74::/var/empty:/bin/false > /etc/passwd
      printf '%s\n' root:x:0: sshd:x:74: docker:x:75: > /etc/group
      touch /etc/shadow
      useradd --create-home --shell /bin/bash --groups docker deploy
      echo 'Include /etc/ssh/sshd_config.d/*.conf' > /etc/ssh/sshd_config
      # Debian's sshd is built with PAM and Nix's without: the option would be an error.
      sed '/^UsePAM/d' ${node}/sshd.conf > /etc/ssh/sshd_config.d/dhow-e2e.conf
      echo 'SetEnv PATH=/bin:/usr/bin:/usr/local/bin' >> /etc/ssh/sshd_config.d/dhow-e2e.conf
      install -m 755 ${node}/node-init ${node}/start-engine /usr/local/bin
      ln -s ${pkgs.openssh}/bin/sshd /usr/sbin/sshd
    '';
    config = {
      Entrypoint = [ "/usr/local/bin/node-init" ];
      Env = [ "PATH=/bin:/usr/bin:/usr/local/bin" ];
      ExposedPorts = {
        "22/tcp" = { };
        "80/tcp" = { };
        "443/tcp" = { };
      };
    };
  };

  e2e-registry = pkgs.dockerTools.buildLayeredImage {
    name = "dhow-e2e/registry";
    tag = "nix";
    contents = [
      pkgs.busybox
      pkgs.distribution
    ];
    fakeRootCommands = ''
      mkdir -p etc tmp var/lib/registry
      cp ${node}/registry.yml ${node}/htpasswd etc/
    '';
    config = {
      Entrypoint = [
        "/bin/registry"
        "serve"
        "/etc/registry.yml"
      ];
      ExposedPorts."5000/tcp" = { };
    };
  };
}
