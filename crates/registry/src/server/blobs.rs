//! Sending blobs.

use std::{
    io::{self, Seek as _, SeekFrom},
    ops::Range,
    sync::atomic::Ordering,
};

use futures_util::StreamExt as _;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{
    Method, Response, StatusCode,
    body::Frame,
    header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, RANGE},
    http::request::Parts,
};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use super::{
    face::{Answer, Body, Face, empty, with_header},
    refusal::Refusal,
};
use dhow_names::{Digest, RepositoryName};

use crate::range::Wanted;

/// The header that says what the content is.
pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// How much of a file is read at once.
const CHUNK: usize = 256 * 1024;

impl Face {
    pub(super) async fn blob(
        &self,
        head: &Parts,
        repository: RepositoryName,
        digest: Digest,
    ) -> Answer {
        let found = self.with_store(move |store| store.blob(&repository, &digest));
        let (file, size) = found.await?.ok_or(Refusal::BlobUnknown(digest))?;
        let wanted = head
            .headers
            .get(RANGE)
            .filter(|_| head.method == Method::GET);
        let wanted = wanted.and_then(|range| range.to_str().ok()?.parse::<Wanted>().ok());
        let (status, range) = match wanted {
            None => (StatusCode::OK, 0..size),
            Some(wanted) => {
                let range = wanted.of(size).ok_or(Refusal::NoSuchRange { size })?;
                (StatusCode::PARTIAL_CONTENT, range)
            }
        };
        let mut response = empty(status);
        response = with_header(response, CONTENT_LENGTH, &(range.end - range.start));
        response = with_header(response, CONTENT_TYPE, "application/octet-stream");
        response = with_header(response, ACCEPT_RANGES, "bytes");
        response = with_header(response, CONTENT_DIGEST, &digest);
        response = with_header(response, ETAG, &format!("\"{digest}\""));
        if status == StatusCode::PARTIAL_CONTENT {
            let Range { start, end } = range;
            let part = format!("bytes {start}-{}/{size}", end.saturating_sub(1));
            response = with_header(response, CONTENT_RANGE, &part);
        }
        if head.method == Method::HEAD {
            return Ok(response);
        }
        let body = self.send(file, range)?;
        Ok(Response::from_parts(response.into_parts().0, body))
    }

    /// Reads no further ahead than the client does.
    fn send(&self, mut file: std::fs::File, range: Range<u64>) -> io::Result<Body> {
        file.seek(SeekFrom::Start(range.start))?;
        let part = tokio::fs::File::from_std(file).take(range.end - range.start);
        let sent = self.sent.clone();
        sent.blobs.fetch_add(1, Ordering::Relaxed);
        let frames = ReaderStream::with_capacity(part, CHUNK).map(move |chunk| {
            let chunk = chunk?;
            sent.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            Ok(Frame::data(chunk))
        });
        Ok(StreamBody::new(frames).boxed_unsync())
    }
}
