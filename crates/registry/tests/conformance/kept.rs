//! What is kept between runs, what is forgotten, and what a build exports.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use dhow_names::{Digest, RepositoryName, Tag};
use dhow_registry::{AdoptError, Kept, Store};
use hyper::Method;
use serde_json::{Value, json};

use crate::client::{ALL, INDEX, Listening, MANIFEST, manifest, now, open};

fn name() -> RepositoryName {
    "shop".parse().unwrap()
}

fn tags(names: &[&str]) -> Vec<Tag> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn blobs(folder: &Path) -> usize {
    fs::read_dir(folder.join("blobs/sha256")).unwrap().count()
}

#[tokio::test]
async fn everything_survives_the_run() {
    let registry = Listening::start().await;
    let image = registry.push_image("acme/shop", "v1", "layer").await;
    let registry = registry.restarted().await;
    let answer = registry.get("/v2/acme/shop/manifests/v1").await;
    assert_eq!(answer.header("docker-content-digest"), image.to_string());
    let layer = Digest::of(b"layer");
    let answer = registry.get(&format!("/v2/acme/shop/blobs/{layer}")).await;
    assert_eq!(answer.text(), "layer");
}

#[tokio::test]
async fn what_was_left_unfinished_goes_unless_somebody_may_be_at_it() {
    let registry = Listening::start().await;
    let location = registry.begin("shop").await;
    registry.ask(Method::PATCH, &location, &[], "half").await;
    let folder = registry.folder.path().to_owned();
    // As if another process had been killed.
    fs::write(folder.join("uploads/left"), "half").unwrap();
    let second = open(&folder);
    assert_eq!(registry.uploads(), 2, "the first one still works on it");
    drop(second);

    let registry = registry.restarted().await;
    assert_eq!(registry.uploads(), 0);
}

#[tokio::test]
async fn two_runs_share_a_store() {
    let one = Listening::start().await;
    let store = open(one.folder.path());
    let other = dhow_registry::Registry::new(store);
    let (address, _serving) = crate::client::serve(&other, dhow_registry::Access::Everything).await;
    let image = one.push_image("shop", "v1", "layer").await;
    let answer = crate::client::ask(address, Method::GET, "/v2/shop/manifests/v1", &[], "").await;
    assert_eq!(answer.header("docker-content-digest"), image.to_string());
    let pushes = (0..20).map(|_| one.push_image("shop", "v2", "another layer"));
    let images = futures_util::future::join_all(pushes).await;
    assert!(images.iter().all(|image| *image == images[0]));
}

#[tokio::test]
async fn the_newest_versions_are_kept_and_what_only_older_ones_need_goes() {
    let registry = Listening::start().await;
    let layers = ["one", "two", "three"];
    for (at, layer) in layers.into_iter().enumerate() {
        registry.push_image("shop", &format!("v{at}"), layer).await;
        registry.push_image("shop", "latest", layer).await;
        let file = registry
            .folder
            .path()
            .join(format!("repositories/shop/_tags/v{at}"));
        let written = now() - Duration::from_secs(100 - at as u64);
        fs::File::options()
            .write(true)
            .open(file)
            .unwrap()
            .set_modified(written)
            .unwrap();
    }
    registry.push_blob("shop", "never tagged").await;
    let Listening {
        registry,
        serving,
        folder,
        ..
    } = registry;
    serving.close().await;
    drop(registry);
    let kept = Kept { versions: 2, ..ALL };
    let store = Store::open(folder.path(), kept, now()).unwrap();
    assert_eq!(
        store.tags(&name()).unwrap(),
        Some(tags(&["latest", "v1", "v2"]))
    );
    // Two manifests, their layers and the configuration of both.
    assert_eq!(blobs(folder.path()), 5);
    drop(store);

    let registry = Listening::start_in(folder).await;
    let gone = Digest::of(b"one");
    registry
        .get(&format!("/v2/shop/blobs/{gone}"))
        .await
        .refuses(404, "BLOB_UNKNOWN");
    for layer in ["two", "three"] {
        let digest = Digest::of(layer.as_bytes());
        let answer = registry.get(&format!("/v2/shop/blobs/{digest}")).await;
        assert_eq!(answer.text(), layer);
    }
}

#[tokio::test]
async fn a_repository_that_is_not_used_any_more_goes_and_its_neighbours_stay() {
    let registry = Listening::start().await;
    registry.push_image("acme", "v1", "one").await;
    registry.push_image("acme/shop", "v1", "two").await;
    let folder = registry.folder.path().to_owned();
    let old = now() - Duration::from_hours(48);
    let file = folder.join("repositories/acme/_tags/v1");
    fs::File::options()
        .write(true)
        .open(file)
        .unwrap()
        .set_modified(old)
        .unwrap();
    let Listening {
        registry,
        serving,
        folder,
        ..
    } = registry;
    serving.close().await;
    drop(registry);
    let kept = Kept {
        unused: Duration::from_hours(24),
        ..ALL
    };
    let store = Store::open(folder.path(), kept, now()).unwrap();
    assert_eq!(store.tags(&"acme".parse().unwrap()).unwrap(), None);
    assert_eq!(
        store.tags(&"acme/shop".parse().unwrap()).unwrap(),
        Some(tags(&["v1"]))
    );
    assert_eq!(blobs(folder.path()), 3);
}

#[test]
fn a_clock_that_went_back_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let image = Layout(folder.path()).image("layer");
    store.adopt(&name(), &image, &tags(&["v1"])).unwrap();
    drop(store);
    let kept = Kept {
        unused: Duration::from_secs(1),
        ..ALL
    };
    let store = Store::open(folder.path(), kept, SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(store.tags(&name()).unwrap(), Some(tags(&["v1"])));
}

#[tokio::test]
async fn the_folder_is_nobody_elses() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/b");
    let _store = open(&folder);
    let mode = fs::metadata(folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

/// A folder into which a build exports.
struct Layout<'a>(&'a Path);

impl Layout<'_> {
    fn blob(&self, content: &[u8]) -> Digest {
        let digest = Digest::of(content);
        let folder = self.0.join("blobs/sha256");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(digest.hex()), content).unwrap();
        digest
    }

    fn document(&self, document: &Value) -> Digest {
        self.blob(document.to_string().as_bytes())
    }

    /// An index with one image in it, as buildx makes it.
    fn image(&self, layer: &str) -> Digest {
        let (config, layer) = (self.blob(b"{}"), self.blob(layer.as_bytes()));
        let manifest = self.document(&manifest(&config, &[layer]));
        let child = json!({"mediaType": MANIFEST, "digest": manifest, "size": 1});
        self.document(&json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]}))
    }
}

#[tokio::test]
async fn an_exported_image_is_taken_in_with_all_that_belongs_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let image = Layout(folder.path()).image("layer");
    store
        .adopt(&name(), &image, &tags(&["v1", "latest"]))
        .unwrap();
    drop(store);
    let registry = Listening::start_in(folder).await;
    for tag in ["v1", "latest"] {
        let answer = registry.get(&format!("/v2/shop/manifests/{tag}")).await;
        assert_eq!(answer.header("content-type"), INDEX);
        let child = answer.json()["manifests"][0]["digest"].clone();
        let path = format!("/v2/shop/manifests/{}", child.as_str().unwrap());
        assert_eq!(registry.get(&path).await.header("content-type"), MANIFEST);
    }
    let layer = Digest::of(b"layer");
    let answer = registry.get(&format!("/v2/shop/blobs/{layer}")).await;
    assert_eq!(answer.text(), "layer");
}

#[test]
fn an_export_that_is_damaged_or_not_whole_is_not_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let layout = Layout(folder.path());
    let image = layout.image("layer");
    let layer = folder
        .path()
        .join("blobs/sha256")
        .join(Digest::of(b"layer").hex());
    let adopt = || store.adopt(&name(), &image, &tags(&["v1"]));

    fs::write(&layer, "damaged").unwrap();
    assert!(
        matches!(adopt(), Err(AdoptError::Corrupted(digest)) if digest == Digest::of(b"layer"))
    );
    // It is gone, so that the next build sends it again.
    assert!(matches!(adopt(), Err(AdoptError::Missing(digest)) if digest == Digest::of(b"layer")));
    assert_eq!(store.tags(&name()).unwrap().unwrap_or_default(), []);

    layout.blob(b"layer");
    adopt().unwrap();
    assert_eq!(store.tags(&name()).unwrap(), Some(tags(&["v1"])));

    let no_manifest = layout.blob(b"no JSON");
    let adopted = store.adopt(&name(), &no_manifest, &[]);
    assert!(
        matches!(adopted, Err(AdoptError::NotAManifest { .. })),
        "{adopted:?}"
    );
    let nothing = Digest::of(b"nothing");
    let adopted = store.adopt(&name(), &nothing, &[]);
    assert!(
        matches!(adopted, Err(AdoptError::Missing(_))),
        "{adopted:?}"
    );
}
