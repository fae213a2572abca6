//! What a collector gets, and what becomes of a run whose collector is not there.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use dhow_execute::{Deployed, Event, EventKind, Reporter};
use dhow_ssh_exec::Stream;
use dhow_telemetry::{Ended, Limits, Origin, Shipping};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A collector on this machine that keeps the bodies of the requests, and answers each with this status.
struct Collector {
    endpoint: String,
    bodies: Arc<Mutex<Vec<Value>>>,
}

impl Collector {
    async fn answering(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bodies);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, status, Arc::clone(&kept)));
            }
        });
        Self { endpoint, bodies }
    }

    fn records(&self) -> Vec<Value> {
        let bodies = self.bodies.lock().unwrap();
        let records = bodies.iter().flat_map(|body| {
            let records = &body["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
            records.as_array().unwrap().clone()
        });
        records.collect()
    }
}

/// One connection, which may bring several requests.
async fn serve(mut stream: TcpStream, status: &'static str, kept: Arc<Mutex<Vec<Value>>>) {
    let mut text = Vec::new();
    loop {
        while !is_whole(&text) {
            if stream.read_buf(&mut text).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let (head, body) = parts(&text).unwrap();
        assert!(head.starts_with("POST /v1/logs HTTP/1.1"), "{head}");
        assert!(head.contains("content-type: application/json"), "{head}");
        kept.lock()
            .unwrap()
            .push(serde_json::from_slice(body).unwrap());
        text.clear();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}");
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

fn parts(text: &[u8]) -> Option<(String, &[u8])> {
    let at = text.windows(4).position(|it| it == b"\r\n\r\n")?;
    Some((
        String::from_utf8_lossy(&text[..at])
            .to_lowercase()
            .replace("post", "POST")
            .replace("http/1.1", "HTTP/1.1"),
        &text[at + 4..],
    ))
}

fn is_whole(text: &[u8]) -> bool {
    parts(text).is_some_and(|(head, body)| {
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        length.is_some_and(|it| it.trim().parse() == Ok(body.len()))
    })
}

fn origin() -> Origin {
    Origin {
        version: "0.1.0".to_owned(),
        run_id: "11111111-2222-4333-8444-555555555555".to_owned(),
        service: "shop".to_owned(),
        deploy_version: "2222222".to_owned(),
        performer: "dee@example.com".to_owned(),
        destination: Some("staging".to_owned()),
        command: "deploy".to_owned(),
        began: "2026-01-02T03:04:05Z".parse().unwrap(),
    }
}

fn line(text: &str) -> Event {
    Event {
        elapsed: Duration::from_millis(1500),
        kind: EventKind::Output {
            host: Some("10.0.0.1".parse().unwrap()),
            title: "pull".to_owned(),
            stream: Stream::Stderr,
            line: text.to_owned(),
        },
    }
}

fn start(endpoint: &str, limits: Limits) -> Shipping {
    Shipping::start(endpoint, origin(), limits).unwrap()
}

/// Nothing is flushed because of time, and no answer is given up on a machine that is loaded.
fn patient() -> Limits {
    Limits {
        flush: Duration::from_mins(1),
        connect: Duration::from_mins(1),
        answer: Duration::from_mins(1),
    }
}

#[tokio::test]
async fn a_collector_gets_every_line_in_the_form_of_opentelemetry() {
    let collector = Collector::answering("200 OK").await;
    let mut shipping = start(&format!("{}/", collector.endpoint), patient());
    shipping.report(&line("Pulling"));
    shipping.report(&Event {
        elapsed: Duration::from_secs(2),
        kind: EventKind::Warning("look at\nthis".to_owned()),
    });
    let row = |now: Option<&str>| Deployed {
        host: "10.0.0.2".parse().unwrap(),
        role: "web".parse().unwrap(),
        before: now.map(|_| "1111111".to_owned()),
        now: now.map(str::to_owned),
        duration: Duration::from_millis(2500),
    };
    shipping.report(&Event {
        elapsed: Duration::from_millis(2500),
        kind: EventKind::Deployed(vec![row(Some("2222222")), row(None)]),
    });
    let failed = Ended::Failed {
        kind: "step".to_owned(),
        message: "failed to boot".to_owned(),
    };
    let sent = shipping.finish(&failed, Duration::from_secs(3)).await;
    assert_eq!(sent, Ok(()));
    let bodies = collector.bodies.lock().unwrap();
    assert_eq!(bodies.len(), 1);
    insta::assert_snapshot!(serde_json::to_string_pretty(&bodies[0]).unwrap());
}

#[tokio::test]
async fn many_lines_come_in_order_and_a_hundred_at_a_time() {
    let collector = Collector::answering("200 OK").await;
    let mut shipping = start(&collector.endpoint, patient());
    for number in 0..250 {
        shipping.report(&line(&format!("line {number}")));
    }
    let sent = shipping.finish(&Ended::Done, Duration::from_secs(3)).await;
    assert_eq!(sent, Ok(()));
    let sizes: Vec<usize> = collector
        .bodies
        .lock()
        .unwrap()
        .iter()
        .map(|body| {
            body["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
                .as_array()
                .unwrap()
                .len()
        })
        .collect();
    assert_eq!(sizes, [100, 100, 52]);
    let bodies: Vec<String> = collector
        .records()
        .iter()
        .map(|it| it["body"]["stringValue"].as_str().unwrap().to_owned())
        .collect();
    let lines = (0..250).map(|number| format!("line {number}"));
    let expected: Vec<String> = ["kamal.start".to_owned()]
        .into_iter()
        .chain(lines)
        .chain(["kamal.complete".to_owned()])
        .collect();
    assert_eq!(bodies, expected);
}

#[tokio::test]
async fn what_a_collector_refuses_is_told_in_the_end() {
    let collector = Collector::answering("503 Service Unavailable").await;
    let mut shipping = start(&collector.endpoint, patient());
    for _ in 0..250 {
        shipping.report(&line("x"));
    }
    let refused = shipping.finish(&Ended::Done, Duration::from_secs(3)).await;
    let told = refused.unwrap_err().to_string();
    assert_eq!(told, format!("{}/v1/logs answered 503", collector.endpoint));
    assert_eq!(
        collector.bodies.lock().unwrap().len(),
        3,
        "the others are tried all the same"
    );
}

#[tokio::test]
async fn a_collector_that_is_not_there_ends_nothing() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let mut shipping = start(&format!("http://{closed}"), patient());
    shipping.report(&line("x"));
    let lost = shipping.finish(&Ended::Done, Duration::from_secs(3)).await;
    let told = lost.unwrap_err().to_string();
    assert!(told.contains("Connection refused"), "{told}");
}

#[tokio::test]
async fn a_collector_that_never_answers_is_not_waited_for() {
    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let limits = Limits {
        answer: Duration::from_millis(200),
        ..patient()
    };
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let mut shipping = start(&endpoint, limits);
    for _ in 0..1000 {
        shipping.report(&line("x"));
    }
    // It comes to its end, or the test does not.
    let lost = shipping.finish(&Ended::Done, Duration::from_secs(3)).await;
    assert!(lost.is_err());
    shipping.report(&line("too late, and no matter"));
}
