//! Large blobs, and clients that go away.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{Request, body::Frame, header::HOST};
use hyper_util::rt::TokioIo;
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::client::Listening;

/// Larger than anything that may be held in memory here, small enough for a test.
const PIECES: usize = 256;
const PIECE: usize = 1024 * 1024;

/// How much the whole process may grow, in bytes, while a blob passes that is many times as large.
const GROWTH: usize = 96 * 1024 * 1024;

fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: usize = line
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    kilobytes * 1024
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{what} never came true"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_large_blob_passes_in_pieces_both_ways() {
    let registry = Listening::start().await;
    let location = registry.begin("shop").await;
    let piece = Bytes::from(vec![7; PIECE]);
    let mut hasher = Sha256::new();
    (0..PIECES).for_each(|_| hasher.update(&piece));
    let mut expected = "sha256:".to_owned();
    for byte in hasher.finalize() {
        write!(expected, "{byte:02x}").unwrap();
    }
    let before = memory();

    let stream = TcpStream::connect(registry.address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let pieces =
        std::iter::repeat_n(piece, PIECES).map(|it| Ok::<_, std::io::Error>(Frame::data(it)));
    let request = Request::put(format!("{location}?digest={expected}"))
        .header(HOST, "localhost")
        .body(StreamBody::new(stream::iter(pieces)).boxed())
        .unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 201);

    let request = Request::get(format!("/v2/shop/blobs/{expected}"))
        .header(HOST, "localhost")
        .body(StreamBody::new(stream::iter(Vec::new())).boxed())
        .unwrap();
    let mut body = sender.send_request(request).await.unwrap().into_body();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        received += frame.unwrap().into_data().unwrap().len();
    }
    assert_eq!(received, PIECES * PIECE);
    let grown = memory().saturating_sub(before);
    assert!(grown < GROWTH, "it took {grown} bytes");
}

#[tokio::test]
async fn an_upload_whose_connection_breaks_goes_on_where_it_was() {
    let registry = Listening::start().await;
    let location = registry.begin("shop").await;
    let mut stream = TcpStream::connect(registry.address).await.unwrap();
    let head =
        format!("PATCH {location} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n01234");
    stream.write_all(head.as_bytes()).await.unwrap();
    let blob = registry
        .folder
        .path()
        .join("uploads")
        .join(location.rsplit('/').next().unwrap());
    until("the first half", || {
        std::fs::read(&blob).unwrap() == b"01234"
    })
    .await;
    // While one writes, no other may.
    registry
        .get(&location)
        .await
        .refuses(409, "BLOB_UPLOAD_INVALID");
    drop(stream);

    let mut told = registry.get(&location).await;
    while told.status == 409 {
        told = registry.get(&location).await;
    }
    assert_eq!(told.header("range"), "0-4");
    let digest = dhow_names::Digest::of(b"0123456789");
    let path = format!("{location}?digest={digest}");
    let rest = [("content-range", "5-9")];
    let answer = registry
        .ask(hyper::Method::PUT, &path, &rest, "56789")
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[tokio::test]
async fn a_client_that_stops_reading_stops_the_sending() {
    let registry = Listening::start().await;
    let large: &'static str = Box::leak("x".repeat(64 * PIECE).into_boxed_str());
    let digest = registry.push_blob("shop", large).await;
    let mut stream = TcpStream::connect(registry.address).await.unwrap();
    let head = format!("GET /v2/shop/blobs/{digest} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 100];
    stream.read_exact(&mut first).await.unwrap();
    let mut last = 0;
    // It is over when nothing more was sent between two looks.
    until("a standstill", || {
        let now = registry.serving.traffic().bytes;
        std::mem::replace(&mut last, now) == now && now > 0
    })
    .await;
    assert!(last < 32 * PIECE as u64, "{last} bytes were read ahead");
    drop(stream);
    assert_eq!(registry.get("/v2/").await.status, 200);
}
