//! Pushing blobs.

use dhow_names::Digest;
use hyper::Method;

use crate::client::{Answer, Listening};

const CONTENT: &str = "0123456789";

fn digest() -> Digest {
    Digest::of(CONTENT.as_bytes())
}

/// A chunk that says where it belongs.
async fn chunk(registry: &Listening, path: &str, range: &str, content: &'static str) -> Answer {
    let length = content.len().to_string();
    let headers = [("content-range", range), ("content-length", &*length)];
    registry.ask(Method::PATCH, path, &headers, content).await
}

#[track_caller]
fn has_arrived(registry: &Listening, answer: &Answer) {
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("docker-content-digest"), digest().to_string());
    assert_eq!(
        answer.header("location"),
        format!("/v2/acme/shop/blobs/{}", digest())
    );
    let kept = std::fs::read_to_string(registry.blob_file(&digest())).unwrap();
    assert_eq!(kept, CONTENT);
    assert_eq!(registry.uploads(), 0, "something unfinished is left");
}

#[tokio::test]
async fn a_blob_comes_in_one_put_after_a_post() {
    let registry = Listening::start().await;
    let location = registry.begin("acme/shop").await;
    let path = format!("{location}?digest={}", digest());
    let answer = registry.ask(Method::PUT, &path, &[], CONTENT).await;
    has_arrived(&registry, &answer);
}

#[tokio::test]
async fn a_blob_comes_in_a_single_post() {
    let registry = Listening::start().await;
    let encoded = digest().to_string().replace(':', "%3A");
    let path = format!("/v2/acme/shop/blobs/uploads/?digest={encoded}");
    let answer = registry.ask(Method::POST, &path, &[], CONTENT).await;
    has_arrived(&registry, &answer);
}

#[tokio::test]
async fn a_blob_comes_in_one_patch_without_a_range_as_docker_sends_it() {
    let registry = Listening::start().await;
    let location = registry.begin("acme/shop").await;
    let answer = registry.ask(Method::PATCH, &location, &[], CONTENT).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.header("range"), "0-9");
    let path = format!("{}?digest={}", answer.header("location"), digest());
    let answer = registry.ask(Method::PUT, &path, &[], "").await;
    has_arrived(&registry, &answer);
}

#[tokio::test]
async fn a_blob_comes_in_chunks_and_the_status_says_how_far() {
    let registry = Listening::start().await;
    let location = registry.begin("acme/shop").await;
    let begun = registry.get(&location).await;
    assert_eq!(begun.status, 204);
    assert_eq!(begun.header("range"), "0-0");
    assert_eq!(begun.header("location"), location);

    let answer = chunk(&registry, &location, "0-3", "0123").await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.header("range"), "0-3");
    let status = registry.get(answer.header("location")).await;
    assert_eq!(
        (status.status.as_u16(), status.header("range")),
        (204, "0-3")
    );

    let answer = chunk(&registry, answer.header("location"), "4-6", "456").await;
    assert_eq!(answer.header("range"), "0-6");
    let path = format!("{}?digest={}", answer.header("location"), digest());
    let last = [("content-range", "7-9"), ("content-length", "3")];
    let answer = registry.ask(Method::PUT, &path, &last, "789").await;
    has_arrived(&registry, &answer);
}

#[tokio::test]
async fn a_chunk_out_of_order_is_refused_and_the_upload_goes_on_where_it_was() {
    let registry = Listening::start().await;
    let location = registry.begin("acme/shop").await;
    let first = chunk(&registry, &location, "4-6", "456").await;
    first.refuses(416, "BLOB_UPLOAD_INVALID");
    chunk(&registry, &location, "0-3", "0123").await;
    // Again, beyond the end, and in a form that is none.
    for (range, content) in [
        ("0-3", "0123"),
        ("5-6", "56"),
        ("bytes=4-5", "45"),
        ("x", "4"),
    ] {
        let answer = chunk(&registry, &location, range, content).await;
        answer.refuses(416, "BLOB_UPLOAD_INVALID");
        assert_eq!(answer.header("range"), "0-3", "{range}");
        assert_eq!(answer.header("location"), location);
    }
    chunk(&registry, &location, "4-5", "456")
        .await
        .refuses(400, "SIZE_INVALID");
    let answer = chunk(&registry, &location, "4-9", "456789").await;
    assert_eq!(answer.header("range"), "0-9");
    let path = format!("{location}?digest={}", digest());
    let answer = registry.ask(Method::PUT, &path, &[], "").await;
    has_arrived(&registry, &answer);
}

#[tokio::test]
async fn content_that_is_not_what_it_was_said_to_be_is_not_kept() {
    let registry = Listening::start().await;
    let other = Digest::of(b"other");
    let location = registry.begin("acme/shop").await;
    let path = format!("{location}?digest={other}");
    let answer = registry.ask(Method::PUT, &path, &[], CONTENT).await;
    answer.refuses(400, "DIGEST_INVALID");
    registry
        .get(&location)
        .await
        .refuses(404, "BLOB_UPLOAD_UNKNOWN");
    for digest in [digest(), other] {
        registry
            .get(&format!("/v2/acme/shop/blobs/{digest}"))
            .await
            .refuses(404, "BLOB_UNKNOWN");
        assert!(!registry.blob_file(&digest).exists());
    }
    assert_eq!(registry.uploads(), 0);
}

#[tokio::test]
async fn the_end_of_an_upload_names_a_digest() {
    let registry = Listening::start().await;
    let location = registry.begin("acme/shop").await;
    for (query, code) in [
        ("", "DIGEST_INVALID"),
        ("?digest=sha256:1", "DIGEST_INVALID"),
    ] {
        let path = format!("{location}{query}");
        registry
            .ask(Method::PUT, &path, &[], CONTENT)
            .await
            .refuses(400, code);
    }
    let path = format!("{location}?digest={}", digest());
    let answer = registry.ask(Method::PUT, &path, &[], CONTENT).await;
    has_arrived(&registry, &answer);
}

#[tokio::test]
async fn an_upload_that_is_cancelled_leaves_nothing() {
    let registry = Listening::start().await;
    let location = registry.begin("acme/shop").await;
    chunk(&registry, &location, "0-3", "0123").await;
    assert_eq!(registry.uploads(), 1);
    assert_eq!(registry.delete(&location).await.status, 204);
    assert_eq!(registry.uploads(), 0);
    registry
        .get(&location)
        .await
        .refuses(404, "BLOB_UPLOAD_UNKNOWN");
    registry
        .delete(&location)
        .await
        .refuses(404, "BLOB_UPLOAD_UNKNOWN");
    let path = format!("{location}?digest={}", digest());
    let put = registry.ask(Method::PUT, &path, &[], CONTENT).await;
    put.refuses(404, "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn an_upload_belongs_to_its_repository() {
    let registry = Listening::start().await;
    let location = registry.begin("acme/shop").await;
    let elsewhere = location.replace("acme/shop", "other");
    registry
        .get(&elsewhere)
        .await
        .refuses(404, "BLOB_UPLOAD_UNKNOWN");
    chunk(&registry, &elsewhere, "0-3", "0123")
        .await
        .refuses(404, "BLOB_UPLOAD_UNKNOWN");
    registry
        .get("/v2/acme/shop/blobs/uploads/..")
        .await
        .refuses(404, "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn a_blob_is_mounted_from_a_repository_that_has_it() {
    let registry = Listening::start().await;
    registry.push_blob("acme/shop", CONTENT).await;
    let mount = |from: &str| {
        format!(
            "/v2/other/blobs/uploads/?mount={}&from={}",
            digest(),
            from.replace('/', "%2F")
        )
    };
    // One that has it not begins an upload as usual.
    for from in ["third", "Bad Name"] {
        let path = mount(from).replace(' ', "+");
        let answer = registry.post(&path).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        assert_eq!(registry.delete(answer.header("location")).await.status, 204);
    }
    let nowhere = format!("/v2/other/blobs/uploads/?mount={}", digest());
    assert_eq!(registry.post(&nowhere).await.status, 202);

    let answer = registry.post(&mount("acme/shop")).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(
        answer.header("location"),
        format!("/v2/other/blobs/{}", digest())
    );
    let answer = registry.get(answer.header("location")).await;
    assert_eq!(answer.text(), CONTENT);
}

#[tokio::test]
async fn a_blob_that_is_there_can_be_pushed_again() {
    let registry = Listening::start().await;
    registry.push_blob("acme/shop", CONTENT).await;
    registry.push_blob("acme/shop", CONTENT).await;
    registry.push_blob("other", CONTENT).await;
    for repository in ["acme/shop", "other"] {
        let answer = registry
            .get(&format!("/v2/{repository}/blobs/{}", digest()))
            .await;
        assert_eq!(answer.text(), CONTENT);
    }
}
