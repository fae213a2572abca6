//! A first deploy, a second one under load and a way back, on two hosts in containers. `bin/demo` runs it.

#![expect(
    clippy::print_stdout,
    reason = "the demo is read by a person at a terminal"
)]

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use dhow_e2e::{Fleet, Project, Report, Transcript, World};
use tokio::signal::unix::{SignalKind, signal};

const HOSTS: [&str; 2] = ["web1", "web2"];

#[tokio::main]
async fn main() -> ExitCode {
    let mut terminated = signal(SignalKind::terminate()).expect("TERM may be handled");
    // What is dropped here is the world and the running tool: both put away what they started.
    tokio::select! {
        told = tell() => told,
        _ = tokio::signal::ctrl_c() => interrupted(),
        _ = terminated.recv() => interrupted(),
    }
}

fn interrupted() -> ExitCode {
    println!("\ninterrupted; everything is put away");
    ExitCode::from(130)
}

async fn tell() -> ExitCode {
    let mut clock = Clock::default();

    chapter("Two hosts and a builder start, in containers of this machine; there is no registry");
    let world = World::start(Fleet::hosts(HOSTS).without_registry()).await;
    clock.note("hosts and builder start");
    for host in world.hosts() {
        println!(
            "{} is a Debian with sshd and Docker {}",
            host.name(),
            engine(&world, host.name()).await
        );
    }

    chapter("The sample app is a git repository with this config/deploy.yml");
    let shop = world.app("shop").await;
    let port = world.free_port();
    shop.configure_without_registry(port, "servers:\n  - web1\n  - web2\n");
    shop.commit("Say where to deploy").await;
    print!("{}", shop.read("config/deploy.yml"));
    clock.note("a project with git");

    chapter("dhow setup: the first deploy");
    dhow(&shop, &["setup"], &mut clock).await;
    show_answers(&world).await;

    chapter("The app changes; dhow deploy, while 100 visitors a second come to each host");
    shop.release("v2").await;
    let second = under_load(&world, &shop, &["deploy"], "v2", &mut clock).await;
    show_answers(&world).await;

    chapter("dhow rollback: back to the version before, under the same load");
    let back = under_load(&world, &shop, &["rollback"], "v1", &mut clock).await;
    show_answers(&world).await;

    chapter("What is on the hosts now");
    for host in world.hosts() {
        for container in host.containers().await {
            println!("{}: {:<8} {}", host.name(), container.state, container.name);
        }
    }
    drop(world);
    clock.note("everything is put away");

    chapter("Where the time went");
    clock.show();
    let failed = second.failures().len() + back.failures().len();
    let asked = second.samples().len() + back.samples().len();
    println!("\n{asked} requests while deploying and rolling back, {failed} failed.");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs the tool and shows its lines as they come.
async fn dhow(shop: &Project, arguments: &[&str], clock: &mut Clock) -> Transcript {
    let title = format!("dhow {}", arguments.join(" "));
    println!("$ {title}");
    let mut live = shop.dhow(arguments.iter().copied()).live();
    while let Some(line) = live.next_line().await {
        println!("  {line}");
    }
    let transcript = live.finished().await.succeeds();
    clock.note(&title);
    transcript
}

/// The same while visitors come, from a while before until the new version answered everywhere.
async fn under_load(
    world: &World,
    shop: &Project,
    arguments: &[&str],
    version: &str,
    clock: &mut Clock,
) -> Report {
    let mut load = world.load(&HOSTS).start();
    load.until_asked(50).await;
    dhow(shop, arguments, clock).await;
    load.until_everywhere(version, &HOSTS).await;
    clock.note(&format!("until {version} answered everywhere"));
    let report = load.stop().await;
    print!("\n{report}");
    report
}

async fn show_answers(world: &World) {
    println!();
    for host in world.hosts() {
        let answer = host.get("/").await.map_or_else(
            |silence| format!("{silence:?}"),
            |response| response.body.replace('\n', ", "),
        );
        println!("{} answers: {answer}", host.name());
    }
}

async fn engine(world: &World, host: &str) -> String {
    world[host]
        .exec("docker version --format '{{.Server.Version}}'")
        .await
}

fn chapter(title: &str) {
    println!("\n── {title}");
}

/// What took how long.
#[derive(Debug)]
struct Clock {
    noted: Vec<(String, Duration)>,
    last: Instant,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            noted: Vec::new(),
            last: Instant::now(),
        }
    }
}

impl Clock {
    /// Counts the time since the last note.
    fn note(&mut self, what: &str) {
        self.noted.push((what.into(), self.last.elapsed()));
        self.last = Instant::now();
    }

    fn show(&self) {
        for (what, took) in &self.noted {
            println!("{:6.1} s  {what}", took.as_secs_f64());
        }
    }
}
