//! What runs where, from what hosts told.

use std::{collections::BTreeMap, fmt::Write as _};

use dhow_names::Host;
use dhow_plan::{
    Plan,
    facts::{Answer, Engine},
    status::{Known, Lock, OnHost, Row, Seen, Status, questions, status},
};

use crate::scenario::{Scenario, plan};

const SERVERS: &str = "\
servers: {web: [10.0.0.1, 10.0.0.2], jobs: {hosts: [10.0.0.2]}}
accessories: {db: {image: 'mysql:8', host: 10.0.0.9}}
";

/// Answers to the questions: a line for each container that runs, and the proxy's table.
fn seen(containers: &[&str], routes: &str) -> Known {
    let line = |name: &&str| {
        format!("/{name}\trunning\t0\t\t2026-01-02T03:04:05Z\t1\tghcr.io/acme/{name}\n")
    };
    let answer = |output: String| Answer {
        output,
        ..Answer::default()
    };
    Known::Seen(Seen::read(&[
        answer(containers.iter().map(line).collect()),
        answer(routes.to_owned()),
    ]))
}

fn judged(scenario: &Scenario, known: &[(&str, Known)]) -> Status {
    let known: BTreeMap<Host, Known> = known
        .iter()
        .map(|(host, known)| (host.parse().unwrap(), known.clone()))
        .collect();
    scenario.settled(|settled, facts| status(settled, facts, &known))
}

fn told(status: &Status) -> String {
    let mut text = format!("{:?}\n", status.lock);
    for (host, it) in &status.hosts {
        match it {
            OnHost::Unknown(reason) => writeln!(text, "{host}: unknown, {reason}").unwrap(),
            OnHost::Rows(rows) => {
                for row in rows {
                    writeln!(text, "{host}: {}", line(row)).unwrap();
                }
            }
        }
    }
    text
}

fn line(row: &Row) -> String {
    let running = row.running.as_ref().map(|it| {
        let digest = it.digest.map(|it| it.hex()[..6].to_owned());
        let state = it.condition.as_ref().map(|it| it.state.as_str());
        format!("{} {digest:?} {state:?}", it.version)
    });
    let routes: Vec<_> = row.routes.iter().map(|it| it.hosts.join("+")).collect();
    format!(
        "{} {running:?} drift {:?} routes {routes:?}",
        row.part.role(),
        row.drift
    )
}

const ROUTES: &str = "\
Service   Host          Path  Target   State    TLS  \n\
shop-web  shop.example  /     0a1b:80  running  yes  \n\
blog-web  blog.example  /     0c1d:80  running  yes  \n";

#[test]
fn every_host_is_asked_twice_more_in_its_one_script() {
    plan(SERVERS).settled(|settled, _| {
        let asked = |host: &str| {
            let host: Host = host.parse().unwrap();
            let block = dhow_plan::Block::of(questions(settled, &host));
            let work = vec![dhow_plan::HostWork::at_once(&host, vec![block])];
            let mut plan = Plan::default();
            plan.add(dhow_plan::Phase::on_hosts("Look", work));
            format!("{plan:#}")
        };
        insta::assert_snapshot!(asked("10.0.0.9"), @r#"
        Look
          10.0.0.9
            look at the state of containers
              $ docker inspect --type container --format '{{.Name}}{{"\t"}}{{.State.Status}}{{"\t"}}{{.State.ExitCode}}{{"\t"}}{{if .State.Health}}{{.State.Health.Status}}{{end}}{{"\t"}}{{if .State.Running}}{{.State.StartedAt}}{{else}}{{.State.FinishedAt}}{{end}}{{"\t"}}{{.RestartCount}}{{"\t"}}{{.Config.Image}}' kamal-proxy shop-db $(docker ps --all --quiet --filter label=service=shop --filter label=destination=) 2>/dev/null
            look at the proxy's routes
              $ docker exec kamal-proxy kamal-proxy list 2>/dev/null
        "#);
    });
}

#[test]
fn a_deploy_that_went_well_shows_what_serves_and_its_routes() {
    let scenario = plan(SERVERS)
        .running("web", "10.0.0.1", "2")
        .running("web", "10.0.0.2", "2")
        .container("jobs", "10.0.0.2", "2", "running")
        .images("10.0.0.1", &[("2", Some("two"))])
        .images("10.0.0.2", &[("2", Some("two"))]);
    let status = judged(
        &scenario,
        &[
            ("10.0.0.1", seen(&["shop-web-2", "kamal-proxy"], ROUTES)),
            (
                "10.0.0.2",
                seen(&["shop-web-2", "shop-jobs-2", "kamal-proxy"], ROUTES),
            ),
            ("10.0.0.9", seen(&["shop-db"], "")),
        ],
    );
    insta::assert_snapshot!(told(&status), @r#"
    Free
    10.0.0.2: web Some("2 Some(\"3fc4cc\") Some(\"running\")") drift [] routes ["shop.example"]
    10.0.0.2: jobs Some("2 Some(\"3fc4cc\") Some(\"running\")") drift [] routes []
    10.0.0.2: proxy Some("ghcr.io/acme/kamal-proxy None Some(\"running\")") drift [] routes []
    10.0.0.1: web Some("2 Some(\"3fc4cc\") Some(\"running\")") drift [] routes ["shop.example"]
    10.0.0.1: proxy Some("ghcr.io/acme/kamal-proxy None Some(\"running\")") drift [] routes []
    10.0.0.9: accessory Some("ghcr.io/acme/shop-db None Some(\"running\")") drift [] routes []
    "#);
}

#[test]
fn what_should_run_and_does_not_has_a_row_too() {
    let status = judged(
        &plan(SERVERS).container("jobs", "10.0.0.2", "1", "exited"),
        &[
            ("10.0.0.1", seen(&[], "")),
            ("10.0.0.2", seen(&["shop-jobs-1"], "")),
            ("10.0.0.9", seen(&[], "")),
        ],
    );
    insta::assert_snapshot!(told(&status), @r#"
    Free
    10.0.0.2: web None drift ["no container"] routes []
    10.0.0.2: jobs Some("1 None Some(\"running\")") drift ["does not run"] routes []
    10.0.0.2: proxy None drift ["no container"] routes []
    10.0.0.1: web None drift ["no container"] routes []
    10.0.0.1: proxy None drift ["no container"] routes []
    10.0.0.9: accessory None drift [] routes []
    "#);
}

#[test]
fn what_is_otherwise_is_named() {
    let mut scenario = plan(SERVERS)
        .running("web", "10.0.0.1", "2")
        .running("web", "10.0.0.2", "2")
        .images("10.0.0.1", &[("2", Some("two"))])
        .images("10.0.0.2", &[("2", Some("other"))]);
    // One that a deploy forgot, and one whose tag was moved.
    let mut stale = scenario.host("10.0.0.1").containers[0].clone();
    stale.name = "shop-web-1".to_owned();
    scenario.host("10.0.0.1").containers.push(stale);
    scenario.host("10.0.0.1").containers[0].image = "0a0b0c0d0e0f".to_owned();
    let lock = "Locked by: Dee at 2026-01-02T03:04:05Z\nVersion: 2\nMessage: not today";
    scenario.host("10.0.0.1").lock = Some(lock.to_owned());
    let status = judged(
        &scenario,
        &[
            (
                "10.0.0.1",
                seen(&["shop-web-2", "shop-web-1", "kamal-proxy"], ROUTES),
            ),
            ("10.0.0.2", seen(&["shop-web-2", "kamal-proxy"], "")),
            ("10.0.0.9", Known::Unknown("connection refused".to_owned())),
        ],
    );
    insta::assert_snapshot!(told(&status), @r#"
    Held(Some(LockDetails { holder: "Dee", since: "2026-01-02T03:04:05Z", version: "2", message: "not today" }))
    10.0.0.2: web Some("2 Some(\"d9298a\") Some(\"running\")") drift ["no route"] routes []
    10.0.0.2: jobs None drift ["no container"] routes []
    10.0.0.2: proxy Some("ghcr.io/acme/kamal-proxy None Some(\"running\")") drift [] routes []
    10.0.0.1: web Some("2 None Some(\"running\")") drift ["its tag was moved"] routes ["shop.example"]
    10.0.0.1: web Some("1 None Some(\"running\")") drift ["stale"] routes []
    10.0.0.1: proxy Some("ghcr.io/acme/kamal-proxy None Some(\"running\")") drift [] routes []
    10.0.0.9: unknown, connection refused
    "#);
}

#[test]
fn a_host_without_an_engine_is_not_known() {
    let mut scenario = plan("servers: [10.0.0.1, 10.0.0.2, 10.0.0.3]\n");
    scenario.host("10.0.0.2").engine = Engine::Missing;
    scenario.host("10.0.0.3").engine = Engine::Silent {
        said: "is the docker daemon running?\nUsage: …".to_owned(),
    };
    let status = judged(
        &scenario,
        &[
            (
                "10.0.0.1",
                Known::Unknown("no answer within 30 s".to_owned()),
            ),
            ("10.0.0.2", seen(&[], "")),
            ("10.0.0.3", seen(&[], "")),
        ],
    );
    assert_eq!(status.lock, Lock::Unknown);
    insta::assert_snapshot!(told(&status), @"
    Unknown
    10.0.0.1: unknown, no answer within 30 s
    10.0.0.2: unknown, Docker is not installed
    10.0.0.3: unknown, the Docker engine does not answer: is the docker daemon running?
    ");
}
