//! What every client asks first, and what nobody is answered.

use hyper::Method;

use crate::client::Listening;

#[tokio::test]
async fn a_client_sees_that_it_talks_to_a_registry() {
    let registry = Listening::start().await;
    for path in ["/v2/", "/v2"] {
        let answer = registry.get(path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("docker-distribution-api-version"),
            "registry/2.0"
        );
        assert_eq!(registry.head(path).await.status, 200);
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_done_is_told_in_the_specifications_form() {
    let registry = Listening::start().await;
    registry.get("/").await.refuses(404, "UNSUPPORTED");
    registry.get("/v1/_ping").await.refuses(404, "UNSUPPORTED");
    registry
        .get("/v2/_catalog")
        .await
        .refuses(404, "UNSUPPORTED");
    registry
        .get("/v2/Shop/tags/list")
        .await
        .refuses(400, "NAME_INVALID");
    let long = "a".repeat(256);
    registry
        .get(&format!("/v2/{long}/tags/list"))
        .await
        .refuses(400, "NAME_INVALID");
    registry
        .get("/v2/shop/manifests/.x")
        .await
        .refuses(400, "MANIFEST_INVALID");
    registry
        .get("/v2/shop/blobs/sha256:0")
        .await
        .refuses(400, "DIGEST_INVALID");
    registry
        .get("/v2/shop/manifests/md5:0")
        .await
        .refuses(400, "DIGEST_INVALID");
    registry.post("/v2/").await.refuses(405, "UNSUPPORTED");
    registry
        .delete("/v2/shop/manifests/latest")
        .await
        .refuses(405, "UNSUPPORTED");
    let put = registry
        .ask(Method::PUT, "/v2/shop/tags/list", &[], "")
        .await;
    put.refuses(405, "UNSUPPORTED");
}

#[tokio::test]
async fn a_registry_that_is_closed_listens_no_more_and_ends_idle_connections() {
    let registry = Listening::start().await;
    let idle = tokio::net::TcpStream::connect(registry.address)
        .await
        .unwrap();
    assert_eq!(registry.get("/v2/").await.status, 200);
    let before = std::time::Instant::now();
    registry.serving.close().await;
    assert!(before.elapsed().as_secs() < 3, "an idle client held it up");
    let again = tokio::net::TcpStream::connect(registry.address).await;
    assert!(again.is_err(), "somebody listens");
    drop(idle);
}
