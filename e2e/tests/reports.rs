//! What programs read of a deploy.

use std::collections::BTreeSet;

use dhow_e2e::{Fleet, Transcript, World};
use serde_json::Value;

const SERVERS: &str = "servers:
  web: [web1, web2]
  jobs:
    hosts: [web1]
    proxy: false
    cmd: shop-server jobs
";

/// The events that a run told.
fn events(told: &Transcript) -> Vec<Value> {
    let lines = told.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> impl Iterator<Item = &'a Value> {
    events.iter().filter(move |it| it["event"] == kind)
}

#[tokio::test]
async fn a_deploy_is_told_as_events_and_nothing_else() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    shop.configure(SERVERS);
    shop.hook("pre-deploy", "echo all is green");
    let version = shop.commit("Say where to deploy").await;
    let told = shop.dhow(["setup", "--output", "json"]).await.succeeds();
    assert_eq!(told.stderr, "", "{told}");
    let events = self::events(&told);
    let kinds: BTreeSet<&str> = events
        .iter()
        .filter_map(|it| it["event"].as_str())
        .collect();
    for kind in [
        "phase-started",
        "phase-finished",
        "step-started",
        "step-finished",
        "build-step-finished",
        "deployed",
        "finished",
    ] {
        assert!(kinds.contains(kind), "no {kind}\n{told}");
    }
    let elapsed: Vec<f64> = events
        .iter()
        .filter_map(|it| it["elapsed"].as_f64())
        .collect();
    assert!(elapsed.is_sorted() && elapsed.len() == events.len());

    let said = of_kind(&events, "output").find(|it| it["title"] == "pre-deploy");
    assert_eq!(said.expect("what the hook said")["line"], "all is green");
    let deployed = of_kind(&events, "deployed").next().expect("what serves");
    let rows = deployed["rows"].as_array().expect("rows").iter();
    let rows: Vec<_> = rows
        .map(|row| ["host", "role", "before", "now"].map(|field| row[field].as_str()))
        .collect();
    let row = |host, role| [Some(host), Some(role), None, Some(version.as_str())];
    assert_eq!(
        rows,
        [row("web1", "jobs"), row("web1", "web"), row("web2", "web")]
    );
    let worked = &deployed["rows"][0]["seconds"];
    assert!(worked.as_f64().is_some_and(|seconds| seconds > 0.0));

    let told = shop.dhow(["--output", "json", "status"]).await;
    let told = self::events(&told.succeeds());
    let status = of_kind(&told, "data").next().expect("the table");
    let text = status["text"].as_str().expect("a text");
    assert!(
        text.contains(&version[..7]) && status["value"].is_object(),
        "{text}"
    );
}

#[tokio::test]
async fn answers_have_their_host_and_their_structure() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    shop.configure(SERVERS);
    shop.commit("Say where to deploy").await;
    let told = shop.dhow(["--output", "json", "lock", "status"]).await;
    let told = events(&told.succeeds());
    let lock = of_kind(&told, "data").next().expect("an answer");
    assert_eq!(lock["value"]["held"], false);

    let told = shop
        .dhow(["--output", "json", "server", "exec", "hostname"])
        .await;
    let told = events(&told.succeeds());
    let hosts: Vec<_> = of_kind(&told, "data")
        .map(|it| [it["host"].as_str(), it["text"].as_str()])
        .collect();
    assert_eq!(hosts, [[Some("web1"); 2], [Some("web2"); 2]]);
}
