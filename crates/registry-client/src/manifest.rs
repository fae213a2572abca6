//! What a registry says an image is.

use std::{collections::BTreeMap, fmt};

use dhow_names::Digest;
use serde::Deserialize;

/// The kinds of manifests that are asked for: of images and of indexes, in Docker's words and in OCI's.
pub(crate) const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// A manifest as the registry keeps it, byte for byte: its digest is what it is called.
#[derive(Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The hash of its bytes.
    pub digest: Digest,
    /// What kind it is.
    pub media_type: String,
    pub(crate) bytes: Vec<u8>,
    kind: Kind,
}

/// Without the bytes, which say it all again.
impl fmt::Debug for Manifest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Manifest")
            .field("digest", &self.digest)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Image {
        config: Digest,
        layers: Vec<Layer>,
    },
    Index {
        images: Vec<(Option<Platform>, Digest)>,
    },
}

/// A part of an image, as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The hash of its bytes as they are sent.
    pub digest: Digest,
    /// How many bytes are sent; more lie on the host when they are unpacked.
    pub size: u64,
}

/// What an image runs on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Platform {
    /// Docker's word, such as `linux`.
    pub os: String,
    /// Docker's word, such as `amd64`.
    pub architecture: String,
}

/// What is known of one image: not of an index, but of one of its platforms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The architecture in Docker's words.
    pub architecture: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its parts.
    pub layers: Vec<Layer>,
}

/// An answer that is no manifest.
#[derive(Debug, thiserror::Error)]
#[error("the manifest cannot be read")]
pub struct UnreadableManifest(#[from] serde_json::Error);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    media_type: Option<String>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: Digest,
    #[serde(default)]
    size: u64,
    platform: Option<Platform>,
}

impl Manifest {
    pub(crate) fn read(
        bytes: Vec<u8>,
        content_type: Option<&str>,
    ) -> Result<Self, UnreadableManifest> {
        let written: Written = serde_json::from_slice(&bytes)?;
        let kind = match written.config {
            Some(config) => Kind::Image {
                config: config.digest,
                layers: written
                    .layers
                    .into_iter()
                    .map(|it| Layer {
                        digest: it.digest,
                        size: it.size,
                    })
                    .collect(),
            },
            None => Kind::Index {
                images: written
                    .manifests
                    .into_iter()
                    .map(|it| (it.platform, it.digest))
                    .collect(),
            },
        };
        let told = content_type.map(str::to_owned);
        Ok(Self {
            digest: Digest::of(&bytes),
            media_type: written
                .media_type
                .or(told)
                .unwrap_or_else(|| "application/vnd.oci.image.manifest.v1+json".to_owned()),
            bytes,
            kind,
        })
    }

    /// The parts of an image; none of an index.
    pub fn layers(&self) -> Option<&[Layer]> {
        match &self.kind {
            Kind::Image { layers, .. } => Some(layers),
            Kind::Index { .. } => None,
        }
    }

    pub(crate) fn config(&self) -> Option<Digest> {
        match &self.kind {
            Kind::Image { config, .. } => Some(*config),
            Kind::Index { .. } => None,
        }
    }

    /// The platforms of an index. Attestations, whose platform is unknown, are none of them.
    pub fn platforms(&self) -> impl Iterator<Item = (&Platform, Digest)> {
        let images = match &self.kind {
            Kind::Image { .. } => &[][..],
            Kind::Index { images } => images,
        };
        images.iter().filter_map(|(platform, digest)| {
            let platform = platform.as_ref().filter(|it| it.os != "unknown")?;
            Some((platform, *digest))
        })
    }
}

/// The configuration of an image.
#[derive(Deserialize)]
pub(crate) struct Configuration {
    pub(crate) architecture: Option<String>,
    pub(crate) config: Option<Settings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Settings {
    pub(crate) labels: Option<BTreeMap<String, String>>,
}
