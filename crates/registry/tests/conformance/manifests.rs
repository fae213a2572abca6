//! Pushing and pulling manifests.

use dhow_names::Digest;
use hyper::Method;
use serde_json::{Value, json};

use crate::client::{DOCKER_LIST, DOCKER_MANIFEST, INDEX, Listening, MANIFEST, manifest};

/// A registry whose repository `acme/shop` has a configuration and a layer, and the manifest of both.
async fn with_parts() -> (Listening, Value, Digest) {
    let registry = Listening::start().await;
    let config = registry.push_blob("acme/shop", "{}").await;
    let layer = registry.push_blob("acme/shop", "layer").await;
    let manifest = manifest(&config, &[layer]);
    let digest = Digest::of(manifest.to_string().as_bytes());
    (registry, manifest, digest)
}

#[tokio::test]
async fn a_manifest_is_pushed_by_tag_and_pulled_by_tag_and_digest() {
    let (registry, manifest, digest) = with_parts().await;
    let answer = registry
        .put_manifest("acme/shop", "v1", MANIFEST, &manifest)
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("docker-content-digest"), digest.to_string());
    let location = answer.header("location").to_owned();
    for path in [
        location,
        "/v2/acme/shop/manifests/v1".to_owned(),
        format!("/v2/acme/shop/manifests/{digest}"),
    ] {
        for answer in [registry.get(&path).await, registry.head(&path).await] {
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.header("content-type"), MANIFEST);
            assert_eq!(answer.header("docker-content-digest"), digest.to_string());
            assert_eq!(
                answer.header("content-length"),
                manifest.to_string().len().to_string()
            );
        }
        // Byte for byte, or the digest would be another.
        assert_eq!(registry.get(&path).await.text(), manifest.to_string());
    }
}

#[tokio::test]
async fn a_manifest_is_pushed_by_digest_and_has_no_tag_then() {
    let (registry, manifest, digest) = with_parts().await;
    let reference = digest.to_string();
    let answer = registry
        .put_manifest("acme/shop", &reference, MANIFEST, &manifest)
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let path = format!("/v2/acme/shop/manifests/{digest}");
    assert_eq!(registry.get(&path).await.status, 200);
    let tags = registry.get("/v2/acme/shop/tags/list").await.json();
    assert_eq!(tags["tags"], json!([]));

    let other = Digest::of(b"other").to_string();
    let answer = registry
        .put_manifest("acme/shop", &other, MANIFEST, &manifest)
        .await;
    answer.refuses(400, "DIGEST_INVALID");
}

#[tokio::test]
async fn a_tag_moves_and_what_it_stood_for_stays() {
    let registry = Listening::start().await;
    let first = registry.push_image("shop", "latest", "one").await;
    let second = registry.push_image("shop", "latest", "two").await;
    assert_ne!(first, second);
    let latest = registry.get("/v2/shop/manifests/latest").await;
    assert_eq!(latest.header("docker-content-digest"), second.to_string());
    let answer = registry.get(&format!("/v2/shop/manifests/{first}")).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_manifest_whose_parts_are_missing_is_refused_and_every_part_named() {
    let registry = Listening::start().await;
    let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
    let answer = registry
        .put_manifest("shop", "v1", MANIFEST, &manifest(&one, &[two]))
        .await;
    answer.refuses(400, "MANIFEST_BLOB_UNKNOWN");
    let errors = answer.json()["errors"].clone();
    let named: Vec<&Value> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["detail"]["digest"])
        .collect();
    assert_eq!(named, [&json!(one), &json!(two)]);
    registry
        .get("/v2/shop/manifests/v1")
        .await
        .refuses(404, "MANIFEST_UNKNOWN");
    // What another repository has does not count.
    registry.push_blob("other", "one").await;
    let answer = registry
        .put_manifest("shop", "v1", MANIFEST, &manifest(&one, &[]))
        .await;
    answer.refuses(400, "MANIFEST_BLOB_UNKNOWN");
}

#[tokio::test]
async fn a_layer_that_lies_elsewhere_need_not_be_here() {
    let (registry, mut manifest, _) = with_parts().await;
    let foreign = json!({
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": Digest::of(b"windows"), "size": 7, "urls": ["https://example.com/layer"],
    });
    manifest["layers"].as_array_mut().unwrap().push(foreign);
    let answer = registry
        .put_manifest("acme/shop", "v1", MANIFEST, &manifest)
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[tokio::test]
async fn an_index_holds_manifests_of_its_repository() {
    let (registry, manifest, digest) = with_parts().await;
    let child = json!({"mediaType": MANIFEST, "digest": digest, "size": 1});
    for media_type in [INDEX, DOCKER_LIST] {
        let index = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": [child]});
        let reference = digest.to_string();
        if media_type == INDEX {
            let answer = registry
                .put_manifest("acme/shop", "all", media_type, &index)
                .await;
            answer.refuses(400, "MANIFEST_BLOB_UNKNOWN");
        }
        registry
            .put_manifest("acme/shop", &reference, MANIFEST, &manifest)
            .await;
        let answer = registry
            .put_manifest("acme/shop", "all", media_type, &index)
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let answer = registry.get("/v2/acme/shop/manifests/all").await;
        assert_eq!(answer.header("content-type"), media_type);
        assert_eq!(answer.text(), index.to_string());
    }
}

#[tokio::test]
async fn dockers_own_media_types_are_kept_as_they_are() {
    let (registry, mut manifest, _) = with_parts().await;
    manifest["mediaType"] = json!(DOCKER_MANIFEST);
    let answer = registry
        .put_manifest("acme/shop", "v1", DOCKER_MANIFEST, &manifest)
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let answer = registry.get("/v2/acme/shop/manifests/v1").await;
    assert_eq!(answer.header("content-type"), DOCKER_MANIFEST);
    // A parameter says nothing here.
    let with_parameter = format!("{DOCKER_MANIFEST}; charset=utf-8");
    let answer = registry
        .put_manifest("acme/shop", "v1", &with_parameter, &manifest)
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[tokio::test]
async fn what_is_no_manifest_is_refused() {
    let (registry, manifest, _) = with_parts().await;
    let put = async |media_type: &str, text: String| {
        let headers = [("content-type", media_type)];
        registry
            .ask(Method::PUT, "/v2/acme/shop/manifests/v1", &headers, text)
            .await
    };
    let first_schema = "application/vnd.docker.distribution.manifest.v1+json";
    for (media_type, text) in [
        (MANIFEST, String::new()),
        (MANIFEST, "[]".to_owned()),
        (MANIFEST, r#"{"schemaVersion": 2}"#.to_owned()),
        (MANIFEST, manifest.to_string().replace("sha256:", "sha512:")),
        (DOCKER_MANIFEST, manifest.to_string()),
        (first_schema, "{}".to_owned()),
        ("", manifest.to_string()),
    ] {
        put(media_type, text).await.refuses(400, "MANIFEST_INVALID");
    }
    let large = format!("{}{}", manifest, " ".repeat(4 * 1024 * 1024));
    put(MANIFEST, large).await.refuses(413, "SIZE_INVALID");
    registry
        .get("/v2/acme/shop/manifests/v1")
        .await
        .refuses(404, "MANIFEST_UNKNOWN");
}

#[tokio::test]
async fn a_manifest_that_is_not_there_is_unknown() {
    let (registry, _, digest) = with_parts().await;
    registry
        .get("/v2/acme/shop/manifests/v9")
        .await
        .refuses(404, "MANIFEST_UNKNOWN");
    let path = format!("/v2/acme/shop/manifests/{digest}");
    registry.get(&path).await.refuses(404, "MANIFEST_UNKNOWN");
    assert_eq!(registry.head(&path).await.status, 404);
    // A blob is no manifest, whoever asks for it as one.
    let layer = Digest::of(b"layer");
    let path = format!("/v2/acme/shop/manifests/{layer}");
    registry.get(&path).await.refuses(404, "MANIFEST_UNKNOWN");
}
