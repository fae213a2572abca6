# What a contributor does, one recipe each. `just` alone lists them.

_default:
    @just --list --unsorted

# Builds dhow
build:
    cargo build --package dhow

# Installs what is missing on this machine and makes the images of the test hosts
prepare:
    bin/prepare

# Runs everything: unit, snapshot, property, documentation and end-to-end tests
test:
    bin/test

# Runs what needs no container engine; arguments go to nextest
test-unit *arguments:
    cargo nextest run {{ arguments }}

# Runs the end-to-end tests whose names contain this, or all
e2e name="":
    bin/prepare
    bin/build
    cargo nextest run --package dhow-e2e {{ name }}

# Feeds each parser a minute of what it was never meant to read; arguments: [--seconds N] [TARGET…]
fuzz *arguments:
    bin/fuzz {{ arguments }}

# Shows two deploys and a rollback on hosts in containers
demo:
    bin/demo

# Opens a shell with hosts, a registry and a builder in containers, to try dhow by hand
world:
    bin/prepare
    bin/build
    cargo run --quiet --package dhow-e2e --bin dhow-world

# Reviews snapshots that changed (cargo install cargo-insta)
review:
    cargo insta review

# Writes the JSON Schemas of deploy files anew
schema:
    cargo run --quiet --package dhow -- config schema > docs/deploy.schema.json
    cargo run --quiet --package dhow -- config schema --partial > docs/deploy.destination.schema.json

# Formats all code
fmt:
    cargo fmt --all

# Looks for mistakes; nothing may be found
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Builds the documentation of all crates
doc *arguments:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps {{ arguments }}

# Checks licences, sources and duplicates of the dependencies (cargo install --locked cargo-deny)
deny:
    cargo deny check bans licenses sources

# Evaluates flake.nix with a stand-in for nixpkgs
flake:
    bin/check-flake

# Compares dhow with Debian's real Kamal 2.12: deploy files, and what is asked of hosts; `just parity both` lets them deploy in turn, `just parity record` writes Ruby's answers anew
parity *arguments:
    bin/parity {{ arguments }}

# Runs all that CI runs
ci:
    .ci/run

# Runs all benches, one after the other
bench: bench-proxy bench-start bench-clone bench-fleet

# Measures the proxy's CPU time against nginx's; arguments: SECONDS ROUNDS CONNECTIONS
bench-proxy *arguments:
    crates/proxy/bench/run {{ arguments }}

# Measures the CPU time dhow takes to start and to read 1,000 and 10,000 hosts, against `true` and `docker --version`; argument: RUNS
bench-start *arguments:
    crates/dhow/bench/run {{ arguments }}

# Measures the clone that an image is built from after a commit of one file, against `git clone`; arguments: FILES ROUNDS
bench-clone *arguments:
    crates/versioning/bench/run {{ arguments }}

# Measures deploys to 1, 3, 30 and 300 imitated hosts and over delays, against Debian's real Kamal 2.12 and the least there can be; arguments: [--runs N] [--without-kamal] [delays] [hosts] [many]
bench-fleet *arguments:
    e2e/bench/run {{ arguments }}

# Removes what killed tests and demos left in the engine; `just sweep --all` takes the images too
sweep *arguments:
    bin/sweep {{ arguments }}
