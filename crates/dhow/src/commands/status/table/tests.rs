use dhow_config::{Sources, load};
use dhow_docker::{lock::LockDetails, proxy::Route};
use dhow_names::Digest;
use dhow_plan::status::{Condition, Running};

use super::*;
use crate::commands::status::document::Document;

fn names() -> Names {
    let text = "service: shop\nimage: acme/shop\nservers: [10.0.0.1]\n\
                registry: {server: ghcr.io, username: acme, password: [P]}\nbuilder: {arch: amd64}\n";
    Names::of(&load(&Sources::of_text(text, None), None).unwrap().config)
}

fn now() -> Timestamp {
    "2026-01-02T05:04:05Z".parse().unwrap()
}

fn running(container: &str, version: &str) -> Running {
    Running {
        container: container.to_owned(),
        version: version.to_owned(),
        digest: None,
        condition: Some(Condition {
            name: container.to_owned(),
            state: "running".to_owned(),
            exit_code: 0,
            health: None,
            since: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            restarts: 0,
            image: format!("ghcr.io/acme/shop:{version}"),
        }),
    }
}

fn row(part: Part, running: Option<Running>) -> Row {
    Row {
        part,
        running,
        drift: Vec::new(),
        routes: Vec::new(),
    }
}

fn role(name: &str) -> Part {
    Part::Role(name.parse().unwrap())
}

/// A host that serves, one where something is wrong, one with nothing on it, and one that does not answer.
fn everything() -> Status {
    let mut web = row(role("web"), Some(running("shop-web-2222222", "2222222")));
    web.running.as_mut().unwrap().digest = Some(Digest::of(b"two"));
    web.routes = vec![Route {
        service: "shop-web".to_owned(),
        hosts: vec!["shop.example".to_owned()],
        paths: vec!["/".to_owned()],
        state: "running".to_owned(),
        tls: true,
    }];
    let mut jobs = row(role("jobs"), Some(running("shop-jobs-1111111", "1111111")));
    let condition = jobs.running.as_mut().unwrap().condition.as_mut().unwrap();
    condition.state = "exited".to_owned();
    condition.exit_code = 137;
    condition.restarts = 4;
    jobs.drift = vec!["does not run".to_owned()];
    let accessory = Part::Accessory("db".parse().unwrap(), "shop-db".to_owned());
    let mut db = row(accessory, Some(running("shop-db", "mysql:8")));
    db.drift = vec!["image mysql:8 -> mysql:9".to_owned(), "port".to_owned()];
    let mut missing = row(role("web"), None);
    missing.drift = vec!["no container".to_owned()];
    let proxy = row(
        Part::Proxy,
        Some(running("kamal-proxy", "basecamp/kamal-proxy:v0.9.2")),
    );
    let host = |host: &str| host.parse().unwrap();
    Status {
        lock: Lock::Held(Some(LockDetails {
            holder: "Dee".to_owned(),
            since: "2026-01-02T03:04:05Z".to_owned(),
            version: "2222222".to_owned(),
            message: "Automatic deploy lock".to_owned(),
        })),
        hosts: vec![
            (host("10.0.0.1"), OnHost::Rows(vec![web, proxy])),
            (host("10.0.0.2"), OnHost::Rows(vec![jobs, db])),
            (host("10.0.0.3"), OnHost::Rows(vec![missing])),
            (
                host("10.0.0.4"),
                OnHost::Unknown("connection refused".to_owned()),
            ),
        ],
    }
}

fn shown(status: &Status, width: Option<usize>) -> String {
    Table::of(status, &names(), now()).render(width)
}

#[test]
fn a_wide_terminal_and_a_pipe_show_one_table() {
    let wide = shown(&everything(), Some(200));
    assert_eq!(wide, shown(&everything(), None));
    insta::assert_snapshot!(wide, @"
    SERVICE      ROLE       HOST      VERSION                      HEALTH        SINCE  RESTARTS  DRIFT                           ROUTES
    shop         web        10.0.0.1  2222222 (3fc4ccfe7458)       running       2 h    0         -                               https://shop.example
    kamal-proxy  proxy      10.0.0.1  basecamp/kamal-proxy:v0.9.2  running       2 h    0         -                               -
    shop         jobs       10.0.0.2  1111111                      exited (137)  2 h    4         does not run                    -
    shop-db      accessory  10.0.0.2  mysql:8                      running       2 h    0         image mysql:8 -> mysql:9, port  -
    shop         web        10.0.0.3  -                            -             -      -         no container                    -
    -            -          10.0.0.4  unknown: connection refused

    deploy lock: held by Dee since 2026-01-02T03:04:05Z, version 2222222: Automatic deploy lock
    ");
}

#[test]
fn versions_are_told_in_brief_where_the_table_fits_then() {
    let mut status = everything();
    for (_, on_host) in &mut status.hosts {
        let OnHost::Rows(rows) = on_host else {
            continue;
        };
        for running in rows.iter_mut().filter_map(|row| row.running.as_mut()) {
            if running.container.starts_with("shop-web") {
                running.version = "e3f8230e7def90bfb207f4e0cf4cc1bcbca47627".to_owned();
            }
        }
    }
    let whole = shown(&status, None);
    let widest = whole.lines().map(str::len).max().unwrap();
    assert_eq!(shown(&status, Some(widest)), whole);
    let brief = shown(&status, Some(widest - 1));
    let first = brief.lines().nth(1).unwrap();
    insta::assert_snapshot!(first, @"shop         web        10.0.0.1  e3f8230 (3fc4ccfe7458)       running       2 h    0         -                               https://shop.example");
    assert!(brief.contains("basecamp/kamal-proxy:v0.9.2"), "{brief}");
}

#[test]
fn a_narrow_terminal_shows_a_paragraph_for_each_row() {
    insta::assert_snapshot!(shown(&everything(), Some(60)), @"
    shop web on 10.0.0.1
      version   2222222 (3fc4ccfe7458)
      health    running
      since     2 h
      restarts  0
      routes    https://shop.example

    kamal-proxy proxy on 10.0.0.1
      version   basecamp/kamal-proxy:v0.9.2
      health    running
      since     2 h
      restarts  0

    shop jobs on 10.0.0.2
      version   1111111
      health    exited (137)
      since     2 h
      restarts  4
      drift     does not run

    shop-db accessory on 10.0.0.2
      version   mysql:8
      health    running
      since     2 h
      restarts  0
      drift     image mysql:8 -> mysql:9, port

    shop web on 10.0.0.3
      drift     no container

    10.0.0.4
      unknown: connection refused

    deploy lock: held by Dee since 2026-01-02T03:04:05Z, version 2222222: Automatic deploy lock
    ");
}

#[test]
fn where_there_is_no_host_there_are_headings_and_the_lock() {
    let nothing = Status {
        lock: Lock::Free,
        hosts: Vec::new(),
    };
    insta::assert_snapshot!(shown(&nothing, None), @"
    SERVICE  ROLE  HOST  VERSION  HEALTH  SINCE  RESTARTS  DRIFT  ROUTES

    deploy lock: free
    ");
}

#[test]
fn programs_read_one_line_of_json() {
    let text = Document::of(&everything(), &names(), now()).text();
    assert_eq!(text.lines().count(), 1);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], 1);
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}
