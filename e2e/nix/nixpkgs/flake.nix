# Stands in for nixpkgs where it cannot be fetched, so that `bin/check-flake` evaluates every output of
# the project's flake. It holds exactly the names that the flake may use: another one is an error, as a
# misspelt one would be in the real nixpkgs. The lists given to a function are used, because Nix would
# never look at a name that nobody asks for.
{
  outputs =
    { self }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      names = [
        "bash"
        "busybox"
        "cacert"
        "cargo"
        "cargo-deny"
        "cargo-insta"
        "cargo-nextest"
        "chromium"
        "clippy"
        "coreutils"
        "curl"
        "distribution"
        "docker"
        "docker-buildx"
        "docker-client"
        "findutils"
        "fish"
        "getent"
        "git"
        "gnugrep"
        "gnused"
        "groff"
        "iptables"
        "just"
        "mmdebstrap"
        "openssh"
        "procps"
        "rustc"
        "rustfmt"
        "shadow"
        "util-linux"
        "zsh"
      ];

      # Every value that Nix can pass to a builder, spelt out in full.
      used =
        value:
        if builtins.isFunction value then
          "function"
        else if builtins.isAttrs value then
          if value ? outPath then "${value}" else map used (builtins.attrValues value)
        else if builtins.isList value then
          map used value
        else if builtins.isPath value then
          builtins.seq (builtins.pathExists value || throw "there is no ${toString value}") (toString value)
        else
          value;

      derive =
        system: arguments:
        derivation {
          inherit system;
          name = arguments.name or "${arguments.pname}-${arguments.version}";
          builder = "/bin/sh";
          everything = builtins.toJSON (used (removeAttrs arguments [ "meta" ]));
        }
        // {
          meta = arguments.meta or { };
        };

      # What the real one refuses: a dependency that the lock file does not pin to a registry.
      rustPackage =
        system: arguments:
        let
          lock = builtins.fromTOML (builtins.readFile arguments.cargoLock.lockFile);
          unpinned = builtins.filter (package: package ? source && !(package ? checksum)) lock.package;
        in
        assert unpinned == [ ];
        derive system arguments;

      packagesFor =
        system:
        builtins.listToAttrs (
          map (name: {
            inherit name;
            value = derive system { inherit name; };
          }) names
        )
        // {
          stdenv.cc = derive system { name = "cc"; };
          stdenv.hostPlatform.system = system;
          rustPlatform.buildRustPackage = rustPackage system;
          pkgsStatic.rustPlatform.buildRustPackage = rustPackage system;
          mkShell = arguments: derive system ({ name = "shell"; } // arguments);
          runCommand = name: arguments: script: derive system (arguments // { inherit name script; });
          writeShellApplication =
            arguments@{
              name,
              text,
              runtimeInputs ? [ ],
            }:
            derive system arguments;
          dockerTools = {
            buildLayeredImage =
              arguments@{
                name,
                tag ? null,
                contents ? [ ],
                config ? { },
                fakeRootCommands ? "",
                enableFakechroot ? false,
              }:
              derive system (arguments // { name = builtins.baseNameOf name; });
            caCertificates = derive system { name = "ca-certificates"; };
          };
        };
    in
    {
      lib = {
        genAttrs =
          wanted: make:
          builtins.listToAttrs (
            map (name: {
              inherit name;
              value = make name;
            }) wanted
          );
        getExe = package: "${package}/bin/${package.meta.mainProgram}";
        fileset = {
          unions = paths: map used paths;
          toSource = { root, fileset }: builtins.seq (builtins.deepSeq fileset fileset) root;
        };
      };
      legacyPackages = self.lib.genAttrs systems packagesFor;
    };
}
