{
  description = "dhow deploys containers to your own servers over SSH, with no downtime";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      each = make: lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});

      version = "0.1.0";
      source = lib.fileset.toSource {
        root = ./.;
        fileset = lib.fileset.unions [
          ./Cargo.toml
          ./Cargo.lock
          ./clippy.toml
          ./crates
          ./e2e
          ./testdata
        ];
      };

      # A program of the workspace, linked with musl: it runs on any Linux, and FROM scratch.
      program =
        pkgs: pname: description:
        pkgs.pkgsStatic.rustPlatform.buildRustPackage {
          inherit pname version;
          src = source;
          cargoLock.lockFile = ./Cargo.lock;
          cargoBuildFlags = [ "--package=${pname}" ];
          cargoTestFlags = [ "--package=${pname}" ];
          nativeCheckInputs = [
            pkgs.git
            pkgs.openssh
          ];
          meta = {
            inherit description;
            mainProgram = pname;
          };
        };

      # What bin/test and bin/demo run; the engine itself is the machine's.
      tools = pkgs: [
        pkgs.cargo
        pkgs.cargo-deny
        pkgs.cargo-insta
        pkgs.cargo-nextest
        pkgs.chromium
        pkgs.clippy
        pkgs.docker-buildx
        pkgs.docker-client
        pkgs.fish
        pkgs.git
        pkgs.groff
        pkgs.iptables
        pkgs.just
        pkgs.mmdebstrap
        pkgs.openssh
        pkgs.rustc
        pkgs.rustfmt
        pkgs.stdenv.cc
        pkgs.zsh
      ];

      # Runs a script of the checkout that one stands in, with the tools at hand.
      script =
        pkgs: name: command: {
          type = "app";
          program = lib.getExe (
            pkgs.writeShellApplication {
              inherit name;
              runtimeInputs = tools pkgs;
              text = ''
                exec "$(git rev-parse --show-toplevel)/${command}" "$@"
              '';
            }
          );
        };

      images = pkgs: import ./e2e/nix/images.nix { inherit pkgs; };
    in
    {
      packages = each (
        pkgs:
        let
          dhow-proxy = program pkgs "dhow-proxy" "Switches between an app's containers without dropping a request";
        in
        {
          inherit dhow-proxy;
          inherit (images pkgs) e2e-node e2e-registry;
          default = self.packages.${pkgs.stdenv.hostPlatform.system}.dhow;
          dhow = program pkgs "dhow" "Deploys containers to your own servers over SSH, with no downtime";
          dhow-proxy-image = pkgs.dockerTools.buildLayeredImage {
            name = "dhow-proxy";
            tag = version;
            contents = [ dhow-proxy ];
            config.Entrypoint = [ (lib.getExe dhow-proxy) ];
          };
        }
      );

      devShells = each (pkgs: {
        default = pkgs.mkShell { packages = tools pkgs; };
      });

      apps = each (pkgs: {
        demo = script pkgs "dhow-demo" "bin/demo";
        test = script pkgs "dhow-test" "bin/test";
      });

      checks = each (pkgs: {
        inherit (self.packages.${pkgs.stdenv.hostPlatform.system}) dhow dhow-proxy;
        format = pkgs.runCommand "dhow-format" {
          nativeBuildInputs = [
            pkgs.cargo
            pkgs.rustfmt
          ];
        } "cd ${source} && cargo fmt --check && touch $out";
      });
    };
}
