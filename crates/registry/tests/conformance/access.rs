//! Who may do what.

use dhow_names::Digest;
use dhow_registry::Access;
use hyper::Method;

use crate::client::{Listening, MANIFEST, ask, serve};

#[tokio::test]
async fn a_host_reads_its_repository_and_does_nothing_else() {
    let registry = Listening::start().await;
    let image = registry.push_image("acme/shop", "v1", "layer").await;
    registry.push_image("acme/other", "v1", "layer").await;
    let access = Access::Reading("acme/shop".parse().unwrap());
    let (address, serving) = serve(&registry.registry, access).await;
    let asked = async |method: Method, path: &str| {
        ask(address, method, path, &[("content-type", MANIFEST)], "").await
    };
    let layer = Digest::of(b"layer");
    for path in [
        "/v2/".to_owned(),
        "/v2/acme/shop/manifests/v1".to_owned(),
        format!("/v2/acme/shop/manifests/{image}"),
        format!("/v2/acme/shop/blobs/{layer}"),
        "/v2/acme/shop/tags/list".to_owned(),
    ] {
        assert_eq!(asked(Method::GET, &path).await.status, 200, "{path}");
    }
    for path in [
        "/v2/acme/other/manifests/v1".to_owned(),
        format!("/v2/acme/other/blobs/{layer}"),
        "/v2/acme/other/tags/list".to_owned(),
        "/v2/acme/shop/blobs/uploads/x".to_owned(),
    ] {
        asked(Method::GET, &path).await.refuses(403, "DENIED");
    }
    for (method, path) in [
        (Method::POST, "/v2/acme/shop/blobs/uploads/"),
        (
            Method::POST,
            "/v2/acme/shop/blobs/uploads/?mount=x&from=acme/other",
        ),
        (Method::PUT, "/v2/acme/shop/manifests/v1"),
        (Method::PATCH, "/v2/acme/shop/blobs/uploads/x"),
        (Method::DELETE, "/v2/acme/shop/manifests/v1"),
    ] {
        asked(method, path).await.refuses(403, "DENIED");
    }
    assert_eq!(serving.traffic().blobs, 1);
}

#[tokio::test]
async fn only_this_machine_is_answered_for() {
    let registry = Listening::start().await;
    for host in ["localhost", "localhost:5555", "127.0.0.1:1", "[::1]:5555"] {
        let answer = registry
            .ask(Method::GET, "/v2/", &[("host", host)], "")
            .await;
        assert_eq!(answer.status, 200, "{host}");
    }
    // A name that a page of the web may lead to this machine.
    for host in [
        "evil.example",
        "localhost.evil.example:5555",
        "10.0.0.1",
        "",
    ] {
        let answer = registry
            .ask(Method::GET, "/v2/", &[("host", host)], "")
            .await;
        answer.refuses(421, "DENIED");
    }
}

#[tokio::test]
async fn it_is_known_who_was_asked_about() {
    let registry = Listening::start().await;
    let probe = "dhow-reach/1".parse().unwrap();
    assert!(!registry.registry.was_asked_for(&probe));
    registry.head("/v2/dhow-reach/1/manifests/latest").await;
    assert!(registry.registry.was_asked_for(&probe));
    assert!(
        !registry
            .registry
            .was_asked_for(&"dhow-reach/2".parse().unwrap())
    );
}
