//! Asking real registries: ours, plain, encrypted and behind a socket; and one that gives tokens, which ours does
//! not.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod seeded;
mod tokens;

use dhow_redaction::Secret;
use dhow_registry_client::{Login, Place, RegistryClient, RegistryError, Route};
use seeded::Seeded;

fn client(server: &str, route: Route, certificates: &[Vec<u8>], plain: bool) -> RegistryClient {
    let place = Place::new(Some(server), "acme/shop").unwrap();
    RegistryClient::new(place, None, plain, route, certificates).unwrap()
}

#[tokio::test]
async fn a_tag_is_found_by_its_digest_or_not_at_all() {
    let seeded = Seeded::start().await;
    let digest = seeded.image("acme/shop", "1.2.3", "amd64").await;
    let client = client(&seeded.server(), Route::Direct, &[], true);

    let manifest = client.manifest("1.2.3").await.unwrap().unwrap();
    assert_eq!(manifest.digest, digest);
    assert_eq!(
        client.manifest(&digest.to_string()).await.unwrap(),
        Some(manifest)
    );
    assert_eq!(client.manifest("1.2.4").await.unwrap(), None);
}

#[tokio::test]
async fn what_an_image_is_can_be_read() {
    let seeded = Seeded::start().await;
    seeded.image("acme/shop", "1", "arm64").await;
    let client = client(&seeded.server(), Route::Direct, &[], true);
    let manifest = client.manifest("1").await.unwrap().unwrap();

    let image = client.image(&manifest, "arm64").await.unwrap().unwrap();
    assert_eq!(image.architecture.as_deref(), Some("arm64"));
    assert_eq!(image.labels["service"], "shop");
    let sizes: Vec<u64> = image.layers.iter().map(|layer| layer.size).collect();
    assert_eq!(sizes, [seeded::LAYER.len() as u64]);
}

#[tokio::test]
async fn an_index_has_an_image_for_each_platform() {
    let seeded = Seeded::start().await;
    seeded.index("acme/shop", "1", &["amd64", "arm64"]).await;
    let client = client(&seeded.server(), Route::Direct, &[], true);
    let index = client.manifest("1").await.unwrap().unwrap();

    let platforms: Vec<&str> = index
        .platforms()
        .map(|(platform, _)| platform.architecture.as_str())
        .collect();
    assert_eq!(platforms, ["amd64", "arm64"]);
    let image = client.image(&index, "arm64").await.unwrap().unwrap();
    assert_eq!(image.architecture.as_deref(), Some("arm64"));
    assert_eq!(client.image(&index, "riscv64").await.unwrap(), None);
}

#[tokio::test]
async fn a_tag_is_moved_without_another_byte_of_the_image() {
    let seeded = Seeded::start().await;
    seeded.image("acme/shop", "1", "amd64").await;
    let second = seeded.image("acme/shop", "2", "arm64").await;
    let client = client(&seeded.server(), Route::Direct, &[], true);

    for version in ["1", "2"] {
        let manifest = client.manifest(version).await.unwrap().unwrap();
        client.tag(&manifest, "latest").await.unwrap();
    }
    assert_eq!(
        client.manifest("latest").await.unwrap().unwrap().digest,
        second
    );
    let mut tags = client.tags().await.unwrap();
    tags.sort();
    assert_eq!(tags, ["1", "2", "latest"]);
}

#[tokio::test]
async fn a_repository_without_tags_has_none() {
    let seeded = Seeded::start().await;
    let client = client(&seeded.server(), Route::Direct, &[], true);
    assert!(client.tags().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_socket_leads_to_a_registry_under_its_own_name() {
    let seeded = Seeded::start().await;
    seeded.image("acme/shop", "1", "amd64").await;
    let socket = seeded.socket();
    // The registry answers to the name of this machine alone; the port is nobody's.
    let client = client("localhost:1", Route::Socket(socket), &[], true);
    assert!(client.manifest("1").await.unwrap().is_some());
}

#[tokio::test]
async fn an_encrypted_registry_needs_a_certificate_that_is_trusted() {
    let seeded = Seeded::start().await;
    let digest = seeded.image("acme/shop", "1", "amd64").await;
    let (server, authority) = seeded.encrypted().await;

    let trusting = client(&server, Route::Direct, &[authority.into_bytes()], false);
    assert_eq!(
        trusting.manifest("1").await.unwrap().unwrap().digest,
        digest
    );
    let doubting = client(&server, Route::Direct, &[], false);
    let error = doubting.manifest("1").await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Unreachable { .. }),
        "{error:?}"
    );
    // Never without encryption unless told so.
    let plain = client(&seeded.server(), Route::Direct, &[], false);
    assert!(plain.manifest("1").await.is_err());
}

#[tokio::test]
async fn where_nobody_listens_another_way_may_do_better() {
    let client = client("localhost:1", Route::Direct, &[], true);
    let error = client.manifest("1").await.unwrap_err();
    assert!(error.is_of_the_way());
    insta::assert_snapshot!(error, @"the registry localhost:1 cannot be reached");
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_shown_from_then_on() {
    let guarded = tokens::Guarded::start().await;
    let client = guarded.client(Some(Login {
        username: Secret::new("deployer"),
        password: Secret::new("harbour-pass"),
    }));
    for _ in 0..3 {
        assert!(client.manifest("1").await.unwrap().is_some());
    }
    assert_eq!(
        guarded.asked(),
        ["repository:acme/shop:pull as deployer:harbour-pass"]
    );
    // What has run out is renewed.
    guarded.forget_tokens();
    assert!(client.manifest("1").await.unwrap().is_some());
    assert_eq!(guarded.asked().len(), 2);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_never_shown() {
    let guarded = tokens::Guarded::start().await;
    let client = guarded.client(Some(Login {
        username: Secret::new("deployer"),
        password: Secret::new("wrong-pass"),
    }));
    let error = client.manifest("1").await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Denied { status: 401, .. }),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .ends_with("refuses to tell (401): incorrect username or password")
    );
    for text in [format!("{error:?}"), format!("{client:?}")] {
        assert!(!text.contains("wrong-pass"), "{text}");
    }
}
