//! A world to try things in by hand: two hosts, a third for accessories, a registry and a builder in containers,
//! and a shell in the sample app's project. The world goes away with the shell. `just world` runs it.

#![expect(
    clippy::print_stdout,
    reason = "a person at a terminal is told what there is"
)]

use std::process::ExitCode;

use dhow_e2e::{Fleet, World};

const DEPLOY_FILE: &str = "servers:
  web: [web1, web2]
  jobs:
    hosts: [web2]
    cmd: shop-server jobs
accessories:
  cache:
    image: busybox
    host: db1
    cmd: sleep 1000000
";

#[tokio::main]
async fn main() -> ExitCode {
    let world = World::start(Fleet::hosts(["web1", "web2"]).accessory_host("db1")).await;
    let shop = world.app("shop").await;
    shop.configure(DEPLOY_FILE);
    shop.commit("Say where to deploy").await;
    println!(
        "hosts web1, web2 and db1 are up; `dhow setup` deploys to them, `exit` puts them away"
    );
    for host in world.hosts() {
        println!(
            "  ssh -F {} {}",
            world.ssh().config().display(),
            host.name()
        );
    }
    shop.shell().await
}
