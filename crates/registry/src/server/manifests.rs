//! Manifests and lists of tags.

use std::str::FromStr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{
    Method, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, LINK, LOCATION},
    http::request::Parts,
};
use serde_json::json;

use super::{
    blobs::CONTENT_DIGEST,
    face::{Answer, Face, empty, full, with_header},
    refusal::Refusal,
    route::parameter,
};
use dhow_names::{Digest, RepositoryName, Tag};

use crate::{reference::Reference, store::LARGEST};

impl Face {
    pub(super) async fn manifest(
        &self,
        head: &Parts,
        repository: RepositoryName,
        reference: Reference,
    ) -> Answer {
        let wanted = reference.clone();
        let found = self.with_store(move |store| store.manifest(&repository, &wanted));
        let found = found.await?.ok_or(Refusal::ManifestUnknown(reference))?;
        let mut response = empty(StatusCode::OK);
        response = with_header(response, CONTENT_LENGTH, &found.bytes.len());
        response = with_header(response, CONTENT_TYPE, &found.media_type);
        response = with_header(response, CONTENT_DIGEST, &found.digest);
        response = with_header(response, ETAG, &format!("\"{}\"", found.digest));
        if head.method == Method::HEAD {
            return Ok(response);
        }
        let body = Full::new(Bytes::from(found.bytes)).map_err(|never| match never {});
        Ok(Response::from_parts(
            response.into_parts().0,
            body.boxed_unsync(),
        ))
    }

    pub(super) async fn put_manifest(
        &self,
        head: &Parts,
        body: Incoming,
        repository: RepositoryName,
        reference: Reference,
    ) -> Answer {
        let bytes = whole(body).await?;
        if let Reference::Digest(expected) = reference {
            let found = Digest::of(&bytes);
            if found != expected {
                return Err(Refusal::OtherContent { expected, found });
            }
        }
        let media_type = head.headers.get(CONTENT_TYPE);
        let media_type = media_type
            .and_then(|it| it.to_str().ok())
            .unwrap_or_default();
        // Parameters such as a character set say nothing here.
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let media_type = media_type.to_owned();
        let location = format!("/v2/{repository}/manifests/{reference}");
        let kept = self.with_store(move |store| {
            let digest = store.put_manifest(&repository, &media_type, &bytes)?;
            if let Reference::Tag(tag) = &reference {
                store.tag(&repository, tag, &digest)?;
            }
            Ok::<_, Refusal>(digest)
        });
        let digest = kept.await?;
        let response = with_header(empty(StatusCode::CREATED), LOCATION, &location);
        Ok(with_header(response, CONTENT_DIGEST, &digest))
    }

    /// All tags in order, or a page of them: at most `n`, those after `last`.
    pub(super) async fn tags(&self, head: &Parts, repository: RepositoryName) -> Answer {
        let page = parameter(&head.uri, "n");
        let page = page.map(|n| usize::from_str(&n)).transpose();
        let page = page.map_err(|_| Refusal::PageSize)?;
        let last = parameter(&head.uri, "last").unwrap_or_default();
        let name = repository.clone();
        let tags = self.with_store(move |store| store.tags(&name)).await?;
        let tags = tags.ok_or_else(|| Refusal::RepositoryUnknown(repository.clone()))?;
        let after: Vec<&Tag> = tags
            .iter()
            .filter(|tag| tag.as_str() > last.as_str())
            .collect();
        let shown = &after[..page.unwrap_or(usize::MAX).min(after.len())];
        let names: Vec<&str> = shown.iter().map(|tag| tag.as_str()).collect();
        let text = json!({"name": repository.as_str(), "tags": names}).to_string();
        let response = full(StatusCode::OK, "application/json", text);
        Ok(match (page, names.last()) {
            (Some(page), Some(last)) if shown.len() < after.len() => {
                let next =
                    format!("</v2/{repository}/tags/list?n={page}&last={last}>; rel=\"next\"");
                with_header(response, LINK, &next)
            }
            _ => response,
        })
    }
}

/// The whole of a document that is not too large to be one.
async fn whole(body: Incoming) -> Result<Bytes, Refusal> {
    match Limited::new(body, LARGEST).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::ManifestTooLarge),
        Err(_) => Err(Refusal::BrokenOff),
    }
}
