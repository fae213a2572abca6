//! Blobs on their way in.

use std::{
    collections::HashMap,
    io::{self, Write as _},
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::{
    StatusCode,
    body::Incoming,
    header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderName, LOCATION, RANGE},
    http::request::Parts,
};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, mpsc};

use super::{
    blobs::CONTENT_DIGEST,
    face::{Answer, Face, empty, with_header},
    refusal::{Refusal, received},
    route::parameter,
};
use dhow_names::{Digest, RepositoryName};

use crate::{Store, range::Chunk};

/// The header by which some clients know an upload.
const UPLOAD_ID: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// How many pieces of a body may wait to be written. This bounds the memory of an upload.
const QUEUED: usize = 4;

/// The uploads that have begun and not ended. They do not outlive the registry.
#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<HashMap<String, (RepositoryName, Place)>>);

/// Where an upload is, until it is done or given up.
type Place = Arc<AsyncMutex<Option<Upload>>>;

/// What was received of a blob.
#[derive(Debug)]
struct Upload {
    file: NamedTempFile,
    hasher: Sha256,
    size: u64,
}

impl Upload {
    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }
}

impl Uploads {
    fn all(&self) -> MutexGuard<'_, HashMap<String, (RepositoryName, Place)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its file's name is the upload's.
    fn add(&self, repository: &RepositoryName, file: NamedTempFile) -> String {
        let name = file.path().file_name().unwrap_or_default();
        let id = name.to_string_lossy().into_owned();
        let upload = Upload {
            file,
            hasher: Sha256::new(),
            size: 0,
        };
        let place = Arc::new(AsyncMutex::new(Some(upload)));
        self.all().insert(id.clone(), (repository.clone(), place));
        id
    }

    /// The upload, for this request alone.
    fn take_turn(&self, repository: &RepositoryName, id: &str) -> Result<Turn, Refusal> {
        let place = match self.all().get(id) {
            Some((of, place)) if of == repository => place.clone(),
            _ => return Err(Refusal::UploadUnknown),
        };
        let turn = place.try_lock_owned().map_err(|_| Refusal::UploadBusy)?;
        match &*turn {
            Some(_) => Ok(turn),
            None => Err(Refusal::UploadUnknown),
        }
    }

    fn forget(&self, id: &str) {
        self.all().remove(id);
    }
}

/// An upload that nobody else touches meanwhile.
type Turn = OwnedMutexGuard<Option<Upload>>;

fn size(turn: &Turn) -> u64 {
    turn.as_ref().map_or(0, |upload| upload.size)
}

impl Face {
    fn uploads(&self) -> &Uploads {
        &self.registry.0.uploads
    }

    /// Begins an upload; or does all of it at once, when the digest is there; or needs none, because another
    /// repository has the blob.
    pub(super) async fn begin_upload(
        &self,
        head: &Parts,
        body: Incoming,
        repository: RepositoryName,
    ) -> Answer {
        if let Some(digest) = self.mounted(head, &repository).await? {
            return Ok(created(&repository, &digest));
        }
        let file = self.with_store(Store::unfinished).await?;
        let id = self.uploads().add(&repository, file);
        if parameter(&head.uri, "digest").is_some() {
            return self.finish_upload(head, body, repository, &id).await;
        }
        let location = location(&repository, &id);
        Ok(progress(StatusCode::ACCEPTED, &location, &id, 0))
    }

    /// What `?mount=DIGEST&from=REPOSITORY` asks for, where it can be had. Otherwise it is uploaded as usual.
    async fn mounted(
        &self,
        head: &Parts,
        repository: &RepositoryName,
    ) -> Result<Option<Digest>, Refusal> {
        let asked = |name| parameter(&head.uri, name);
        let (Some(mount), Some(from)) = (asked("mount"), asked("from")) else {
            return Ok(None);
        };
        let (Ok(digest), Ok(from)) = (mount.parse::<Digest>(), from.parse::<RepositoryName>())
        else {
            return Ok(None);
        };
        let to = repository.clone();
        let mounted = self.with_store(move |store| store.mount_blob(&from, &to, &digest));
        Ok(mounted.await?.then_some(digest))
    }

    pub(super) fn upload_status(&self, repository: &RepositoryName, id: &str) -> Answer {
        let turn = self.uploads().take_turn(repository, id)?;
        let location = location(repository, id);
        Ok(progress(StatusCode::NO_CONTENT, &location, id, size(&turn)))
    }

    pub(super) async fn upload_chunk(
        &self,
        head: &Parts,
        body: Incoming,
        repository: &RepositoryName,
        id: &str,
    ) -> Answer {
        let turn = self.uploads().take_turn(repository, id)?;
        let location = location(repository, id);
        check_chunk(head, &location, size(&turn))?;
        let turn = self.receive(turn, body, id).await?;
        Ok(progress(StatusCode::ACCEPTED, &location, id, size(&turn)))
    }

    /// Takes the last chunk, which may be empty or all there is, and keeps the blob when it is what it should be.
    pub(super) async fn finish_upload(
        &self,
        head: &Parts,
        body: Incoming,
        repository: RepositoryName,
        id: &str,
    ) -> Answer {
        let turn = self.uploads().take_turn(&repository, id)?;
        let expected = parameter(&head.uri, "digest").ok_or(Refusal::NoDigest)?;
        let expected: Digest = expected.parse()?;
        check_chunk(head, &location(&repository, id), size(&turn))?;
        let mut turn = self.receive(turn, body, id).await?;
        self.uploads().forget(id);
        let Upload { file, hasher, .. } = turn.take().ok_or(Refusal::UploadUnknown)?;
        let found = Digest::from_sha256(hasher.finalize().into());
        if found != expected {
            return Err(Refusal::OtherContent { expected, found });
        }
        let response = created(&repository, &found);
        self.with_store(move |store| store.keep_blob(&repository, file, &found))
            .await?;
        Ok(response)
    }

    pub(super) fn cancel_upload(&self, repository: &RepositoryName, id: &str) -> Answer {
        let mut turn = self.uploads().take_turn(repository, id)?;
        *turn = None;
        self.uploads().forget(id);
        Ok(empty(StatusCode::NO_CONTENT))
    }

    /// Writes and hashes a body as it comes, on a thread that may wait for the disk. What came before a
    /// connection broke off stays, and the client may go on from there.
    async fn receive(&self, mut turn: Turn, mut body: Incoming, id: &str) -> Result<Turn, Refusal> {
        let (pieces, mut waiting) = mpsc::channel::<Bytes>(QUEUED);
        let writer = tokio::task::spawn_blocking(move || {
            while let (Some(piece), Some(upload)) = (waiting.blocking_recv(), turn.as_mut()) {
                if let Err(error) = upload.add(&piece) {
                    // What the file holds now is not known.
                    *turn = None;
                    return Err(error);
                }
            }
            Ok(turn)
        });
        let mut broke_off = false;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                broke_off = true;
                break;
            };
            if let Ok(piece) = frame.into_data()
                && pieces.send(piece).await.is_err()
            {
                break;
            }
        }
        drop(pieces);
        let written = writer.await.map_err(io::Error::other)?;
        let turn = written.inspect_err(|_| self.uploads().forget(id))?;
        if broke_off {
            Err(Refusal::BrokenOff)
        } else {
            Ok(turn)
        }
    }
}

/// A chunk that says where it belongs has to begin where the upload ends.
fn check_chunk(head: &Parts, location: &str, size: u64) -> Result<(), Refusal> {
    let Some(range) = head.headers.get(CONTENT_RANGE) else {
        return Ok(());
    };
    let out_of_order = || Refusal::OutOfOrder {
        location: location.to_owned(),
        size,
    };
    let range = range
        .to_str()
        .ok()
        .and_then(|range| Chunk::from_str(range).ok());
    let range = range.ok_or_else(out_of_order)?;
    if range.first != size {
        return Err(out_of_order());
    }
    let length = head.headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length != range.length()) {
        return Err(Refusal::ChunkLength);
    }
    Ok(())
}

fn location(repository: &RepositoryName, id: &str) -> String {
    format!("/v2/{repository}/blobs/uploads/{id}")
}

fn progress(
    status: StatusCode,
    location: &str,
    id: &str,
    size: u64,
) -> hyper::Response<super::face::Body> {
    let mut response = with_header(empty(status), LOCATION, &location);
    response = with_header(response, RANGE, &received(size));
    with_header(response, UPLOAD_ID, &id)
}

fn created(repository: &RepositoryName, digest: &Digest) -> hyper::Response<super::face::Body> {
    let location = format!("/v2/{repository}/blobs/{digest}");
    let response = with_header(empty(StatusCode::CREATED), LOCATION, &location);
    with_header(response, CONTENT_DIGEST, &digest)
}
