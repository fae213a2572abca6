//! The images that a world is made of, as `e2e/images/tags` names them.

use std::{collections::BTreeMap, path::Path};

use testcontainers::GenericImage;

use crate::{environment, program};

/// References of the present images.
#[derive(Debug, Clone)]
pub struct Images {
    references: BTreeMap<String, String>,
}

impl Images {
    /// Asks for the tags that the repository's present inputs stand for, and for an engine that has them.
    ///
    /// # Panics
    /// Without an engine or an image, saying how to get it. A test is never skipped for want of one.
    pub async fn find() -> Self {
        let engine = program::docker(&["version", "--format", "{{.Server.Version}}"]).await;
        assert!(
            engine.succeeded(),
            "no container engine answers; `bin/prepare` installs and starts one\n{}",
            engine.stderr
        );
        let script = environment::repository().join("e2e/images/tags");
        let tags = program::run(
            &script.to_string_lossy(),
            &[] as &[&str],
            Path::new("/"),
            &BTreeMap::new(),
        )
        .await
        .output();
        let references: BTreeMap<String, String> = tags
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, reference)| (name.into(), reference.into()))
            .collect();
        let needed: Vec<&str> = ["node", "registry", "hub"]
            .iter()
            .map(|name| references[*name].as_str())
            .collect();
        let found =
            program::docker(&[&["image", "inspect", "--format", "ok"], &needed[..]].concat()).await;
        assert!(
            found.succeeded(),
            "an image of the tests is missing; `bin/prepare && bin/build` makes them\n{}",
            found.stderr
        );
        assert!(
            references["proxy"] != "none",
            "the hub has no basecamp/kamal-proxy, since there is no dhow-proxy yet; `bin/build` makes both"
        );
        Self { references }
    }

    /// A server: sshd and a nested engine.
    pub(crate) fn node(&self) -> GenericImage {
        self.image("node")
    }

    /// An empty registry.
    pub(crate) fn registry(&self) -> GenericImage {
        self.image("registry")
    }

    /// A registry that serves what the tests use of Docker Hub, under the names it has there.
    pub(crate) fn hub(&self) -> GenericImage {
        self.image("hub")
    }

    fn image(&self, name: &str) -> GenericImage {
        let (name, tag) = self.references[name]
            .rsplit_once(':')
            .expect("every reference has a tag");
        GenericImage::new(name, tag)
    }
}
