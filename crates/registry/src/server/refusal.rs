//! What is refused, and how a client is told: the specification's JSON, with its codes.

use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Response, StatusCode,
    header::{CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION, RANGE},
};
use serde_json::{Value, json};

use dhow_names::{Digest, InvalidDigest, InvalidRepositoryName, RepositoryName};

use super::face::Body;
use crate::{
    reference::{InvalidReference, Reference},
    store::{LARGEST, Unacceptable},
};

/// Why a request is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("there is nothing at this path")]
    NoSuchPath,
    #[error("this is for the machine it runs on; the Host header names another")]
    AnotherHost,
    #[error(transparent)]
    Name(#[from] InvalidRepositoryName),
    #[error(transparent)]
    Reference(#[from] InvalidReference),
    #[error(transparent)]
    Digest(#[from] InvalidDigest),
    #[error("this is not done here")]
    Unsupported,
    #[error("only `{0}` can be read here")]
    Denied(RepositoryName),
    #[error("there is no blob {0} in the repository")]
    BlobUnknown(Digest),
    #[error("the blob has {size} bytes, not those that were asked for")]
    NoSuchRange { size: u64 },
    #[error("there is no such upload")]
    UploadUnknown,
    #[error("the upload is being written by another request")]
    UploadBusy,
    #[error("the chunk does not follow what was received: {size} bytes")]
    OutOfOrder { location: String, size: u64 },
    #[error("the chunk's range and its length differ")]
    ChunkLength,
    #[error("the request broke off")]
    BrokenOff,
    #[error("a digest is missing: `?digest=sha256:…`")]
    NoDigest,
    #[error("the content is {found}, not {expected}")]
    OtherContent { expected: Digest, found: Digest },
    #[error("there is no repository `{0}`")]
    RepositoryUnknown(RepositoryName),
    #[error("there is no manifest `{0}` in the repository")]
    ManifestUnknown(Reference),
    #[error("a manifest has at most {LARGEST} bytes")]
    ManifestTooLarge,
    #[error("`n` is no number")]
    PageSize,
    #[error(transparent)]
    Manifest(Unacceptable),
    #[error("the registry cannot do this now")]
    Trouble(#[from] io::Error),
}

impl From<Unacceptable> for Refusal {
    fn from(reason: Unacceptable) -> Self {
        match reason {
            Unacceptable::Store(error) => Self::Trouble(error),
            reason => Self::Manifest(reason),
        }
    }
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchPath
            | Self::BlobUnknown(_)
            | Self::UploadUnknown
            | Self::RepositoryUnknown(_)
            | Self::ManifestUnknown(_) => StatusCode::NOT_FOUND,
            Self::AnotherHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Unsupported => StatusCode::METHOD_NOT_ALLOWED,
            Self::Denied(_) => StatusCode::FORBIDDEN,
            Self::NoSuchRange { .. } | Self::OutOfOrder { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::UploadBusy => StatusCode::CONFLICT,
            Self::ManifestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Trouble(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Name(_)
            | Self::Reference(_)
            | Self::Digest(_)
            | Self::ChunkLength
            | Self::BrokenOff
            | Self::NoDigest
            | Self::OtherContent { .. }
            | Self::PageSize
            | Self::Manifest(_) => StatusCode::BAD_REQUEST,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "NAME_INVALID",
            Self::RepositoryUnknown(_) => "NAME_UNKNOWN",
            Self::Reference(InvalidReference::Digest(_))
            | Self::Digest(_)
            | Self::NoDigest
            | Self::OtherContent { .. } => "DIGEST_INVALID",
            Self::Reference(InvalidReference::Tag(_))
            | Self::Manifest(Unacceptable::NotAManifest(_)) => "MANIFEST_INVALID",
            Self::Manifest(Unacceptable::Missing(_)) => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestUnknown(_) => "MANIFEST_UNKNOWN",
            Self::BlobUnknown(_) => "BLOB_UNKNOWN",
            Self::UploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::UploadBusy | Self::OutOfOrder { .. } | Self::BrokenOff => "BLOB_UPLOAD_INVALID",
            Self::ChunkLength | Self::NoSuchRange { .. } | Self::ManifestTooLarge => "SIZE_INVALID",
            Self::AnotherHost | Self::Denied(_) => "DENIED",
            Self::NoSuchPath | Self::Unsupported => "UNSUPPORTED",
            Self::PageSize => "PAGINATION_NUMBER_INVALID",
            Self::Manifest(Unacceptable::Store(_)) | Self::Trouble(_) => "UNKNOWN",
        }
    }

    /// One error, or one for every part of a manifest that is missing.
    fn errors(&self) -> Value {
        let one = |detail: Value| json!({"code": self.code(), "message": self.to_string(), "detail": detail});
        match self {
            Self::Manifest(Unacceptable::Missing(missing)) => missing
                .iter()
                .map(|digest| one(json!({"digest": digest})))
                .collect(),
            _ => json!([one(Value::Null)]),
        }
    }

    pub(super) fn response(&self) -> Response<Body> {
        let text = json!({"errors": self.errors()}).to_string();
        let body = Full::new(Bytes::from(text)).map_err(|never| match never {});
        let mut response = Response::new(body.boxed_unsync());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut add = |name, text: String| {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        };
        match self {
            Self::OutOfOrder { location, size } => {
                add(LOCATION, location.clone());
                add(RANGE, received(*size));
            }
            Self::NoSuchRange { size } => add(CONTENT_RANGE, format!("bytes */{size}")),
            _ => {}
        }
        response
    }
}

/// How far an upload has come, in the specification's words. They have none for nothing.
pub(super) fn received(size: u64) -> String {
    format!("0-{}", size.saturating_sub(1))
}
