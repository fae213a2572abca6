//! Pulling blobs.

use dhow_names::Digest;
use hyper::Method;

use crate::client::{Answer, Listening};

const CONTENT: &str = "0123456789";

async fn with_blob() -> (Listening, String, Digest) {
    let registry = Listening::start().await;
    let digest = registry.push_blob("acme/shop", CONTENT).await;
    (registry, format!("/v2/acme/shop/blobs/{digest}"), digest)
}

#[tokio::test]
async fn a_blob_is_given_whole_with_its_size_and_digest() {
    let (registry, path, digest) = with_blob().await;
    for answer in [registry.get(&path).await, registry.head(&path).await] {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-length"), "10");
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert_eq!(answer.header("docker-content-digest"), digest.to_string());
        assert_eq!(answer.header("accept-ranges"), "bytes");
    }
    assert_eq!(registry.get(&path).await.text(), CONTENT);
    assert_eq!(registry.head(&path).await.text(), "");
}

#[tokio::test]
async fn a_part_of_a_blob_is_given_when_it_is_asked_for() {
    let (registry, path, _) = with_blob().await;
    let part = async |range: &str| -> Answer {
        registry
            .ask(Method::GET, &path, &[("range", range)], "")
            .await
    };
    for (range, content, told) in [
        ("bytes=0-3", "0123", "bytes 0-3/10"),
        ("bytes=4-", "456789", "bytes 4-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=8-100", "89", "bytes 8-9/10"),
    ] {
        let answer = part(range).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.text(), content);
        assert_eq!(answer.header("content-range"), told);
        assert_eq!(answer.header("content-length"), content.len().to_string());
    }
    for range in ["bytes=10-", "bytes=11-12", "bytes=-0"] {
        let answer = part(range).await;
        answer.refuses(416, "SIZE_INVALID");
        assert_eq!(answer.header("content-range"), "bytes */10");
    }
    // What is not understood is no reason to give nothing.
    for range in ["bytes=3-1", "bytes=0-1,3-4", "pages=0-1", "bytes"] {
        let answer = part(range).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text()),
            (200, CONTENT),
            "{range}"
        );
    }
}

#[tokio::test]
async fn an_empty_blob_is_one_too() {
    let registry = Listening::start().await;
    let digest = registry.push_blob("shop", "").await;
    let answer = registry.get(&format!("/v2/shop/blobs/{digest}")).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, ""));
    assert_eq!(answer.header("content-length"), "0");
}

#[tokio::test]
async fn a_blob_is_known_only_in_the_repositories_it_was_pushed_to() {
    let (registry, _, digest) = with_blob().await;
    let unknown = Digest::of(b"something else");
    for path in [
        format!("/v2/acme/shop/blobs/{unknown}"),
        format!("/v2/other/blobs/{digest}"),
    ] {
        registry.get(&path).await.refuses(404, "BLOB_UNKNOWN");
        assert_eq!(registry.head(&path).await.status, 404);
    }
}

#[tokio::test]
async fn what_is_sent_is_counted() {
    let (registry, path, _) = with_blob().await;
    assert_eq!(registry.serving.traffic().bytes, 0);
    registry.head(&path).await;
    registry.get(&path).await;
    registry
        .ask(Method::GET, &path, &[("range", "bytes=0-2")], "")
        .await;
    let traffic = registry.serving.traffic();
    assert_eq!((traffic.blobs, traffic.bytes), (2, 13));
}
