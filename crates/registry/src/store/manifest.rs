//! What a manifest is, and what it refers to.

use serde::Deserialize;

use dhow_names::Digest;

/// The largest manifest that is taken, in bytes; the specification asks for this much.
pub(crate) const LARGEST: usize = 4 * 1024 * 1024;

/// The media types of a manifest of one image, and those of an index of several.
const IMAGES: [&str; 2] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];
const INDEXES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// A manifest as it was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) digest: Digest,
    pub(crate) media_type: String,
    pub(crate) bytes: Vec<u8>,
}

/// Why a document is no manifest.
#[derive(Debug, thiserror::Error)]
pub enum NotAManifest {
    /// It is no JSON, or lacks what a manifest has.
    #[error("it cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is something that this registry does not know.
    #[error("`{0}` is no media type of a manifest of schema 2, an image manifest or an index")]
    MediaType(String),
    /// It says that it is something else than what it was sent as.
    #[error("it was sent as `{sent}` and says that it is `{said}`")]
    Contradiction {
        /// The content type of the request.
        sent: String,
        /// The media type in the document.
        said: String,
    },
}

/// What a manifest refers to. All of it has to be there before the manifest is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct References {
    /// Configuration and layers.
    pub(super) blobs: Vec<Digest>,
    /// The manifests of an index, each with its media type.
    pub(super) manifests: Vec<(Digest, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    media_type: Option<String>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    digest: Digest,
    /// Where a layer that registries do not carry can be had.
    #[serde(default)]
    urls: Vec<String>,
}

impl References {
    /// Those of a manifest that was sent as this media type.
    pub(super) fn of(bytes: &[u8], media_type: &str) -> Result<Self, NotAManifest> {
        let document: Document = serde_json::from_slice(bytes)?;
        if let Some(said) = document.media_type.filter(|said| said != media_type) {
            let sent = media_type.to_owned();
            return Err(NotAManifest::Contradiction { sent, said });
        }
        if IMAGES.contains(&media_type) {
            let lacks = |what| <serde_json::Error as serde::de::Error>::missing_field(what);
            let config = document.config.ok_or_else(|| lacks("config"))?;
            let carried = document.layers.iter().filter(|it| it.urls.is_empty());
            let blobs = std::iter::once(&config).chain(carried);
            Ok(Self {
                blobs: blobs.map(|it| it.digest).collect(),
                manifests: Vec::new(),
            })
        } else if INDEXES.contains(&media_type) {
            let manifests = document.manifests.unwrap_or_default().into_iter();
            Ok(Self {
                blobs: Vec::new(),
                manifests: manifests.map(|it| (it.digest, it.media_type)).collect(),
            })
        } else {
            Err(NotAManifest::MediaType(media_type.to_owned()))
        }
    }
}

/// The media type that a manifest says it has. An image layout may leave it out, and then its form tells.
pub(super) fn media_type_of(bytes: &[u8]) -> Result<String, NotAManifest> {
    let document: Document = serde_json::from_slice(bytes)?;
    Ok(match document {
        Document {
            media_type: Some(said),
            ..
        } => said,
        Document {
            manifests: Some(_), ..
        } => INDEXES[0].to_owned(),
        Document { .. } => IMAGES[0].to_owned(),
    })
}
