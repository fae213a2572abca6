//! One listener's view of the registry: who may do what through it, and who answers what.

use std::{fmt::Display, io, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Full, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{HOST, HeaderName, HeaderValue},
    http::request::Parts,
    http::uri::Authority,
};

use super::{Access, Registry, Sent, refusal::Refusal, route::Route};
use crate::Store;

/// The body of an answer. It breaks off when a file cannot be read on.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// What an answer is, unless it is refused.
pub(super) type Answer = Result<Response<Body>, Refusal>;

/// The header that older clients look for.
const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");

/// The names under which this machine is asked, and a host that leads here.
const OUR_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// What those who come through one listener see.
#[derive(Debug)]
pub(super) struct Face {
    pub(super) registry: Registry,
    pub(super) access: Access,
    pub(super) sent: Arc<Sent>,
}

impl Face {
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let mut response = match self.respond(request).await {
            Ok(response) => response,
            Err(refusal) => {
                if let Refusal::Trouble(error) = &refusal {
                    self.registry.note_trouble(error);
                }
                refusal.response()
            }
        };
        let version = HeaderValue::from_static("registry/2.0");
        response.headers_mut().insert(API_VERSION, version);
        response
    }

    async fn respond(&self, request: Request<Incoming>) -> Answer {
        let (head, body) = request.into_parts();
        check_host(&head)?;
        let route = Route::of(head.uri.path())?;
        if let Some(repository) = route.repository() {
            self.registry.note_request(repository);
        }
        self.check_access(&head.method, &route)?;
        let reads = matches!(head.method, Method::GET | Method::HEAD);
        match (head.method.clone(), route) {
            (_, Route::Base) if reads => {
                Ok(full(StatusCode::OK, "application/json", "{}".as_bytes()))
            }
            (_, Route::Blob(name, digest)) if reads => self.blob(&head, name, digest).await,
            (_, Route::Manifest(name, reference)) if reads => {
                self.manifest(&head, name, reference).await
            }
            (Method::PUT, Route::Manifest(name, reference)) => {
                self.put_manifest(&head, body, name, reference).await
            }
            (Method::GET, Route::Tags(name)) => self.tags(&head, name).await,
            (Method::POST, Route::Uploads(name)) => self.begin_upload(&head, body, name).await,
            (_, Route::Upload(name, id)) if reads => self.upload_status(&name, &id),
            (Method::PATCH, Route::Upload(name, id)) => {
                self.upload_chunk(&head, body, &name, &id).await
            }
            (Method::PUT, Route::Upload(name, id)) => {
                self.finish_upload(&head, body, name, &id).await
            }
            (Method::DELETE, Route::Upload(name, id)) => self.cancel_upload(&name, &id),
            _ => Err(Refusal::Unsupported),
        }
    }

    fn check_access(&self, method: &Method, route: &Route) -> Result<(), Refusal> {
        let Access::Reading(only) = &self.access else {
            return Ok(());
        };
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let is_upload = matches!(route, Route::Upload(..));
        let is_ours = route.repository().is_none_or(|name| name == only);
        if reads && is_ours && !is_upload {
            Ok(())
        } else {
            Err(Refusal::Denied(only.clone()))
        }
    }

    /// Does something with the store where waiting for the disk stops nobody else.
    pub(super) async fn with_store<T, E>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Refusal>
    where
        T: Send + 'static,
        E: Send + 'static,
        Refusal: From<E>,
    {
        let store = self.registry.store().clone();
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        Ok(done.map_err(io::Error::other)??)
    }
}

/// A page of the web can make a browser ask this machine under a name of its own; such requests go nowhere.
fn check_host(head: &Parts) -> Result<(), Refusal> {
    let named = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let named = named.and_then(|host| host.parse::<Authority>().ok());
    let is_ours = |host: &Authority| OUR_NAMES.contains(&host.host());
    if named.as_ref().is_some_and(is_ours) {
        Ok(())
    } else {
        Err(Refusal::AnotherHost)
    }
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(no_body());
    *response.status_mut() = status;
    response
}

pub(super) fn no_body() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// An answer with this body.
pub(super) fn full(
    status: StatusCode,
    media_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Body> {
    let body = Full::new(body.into()).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static(media_type);
    let headers = response.headers_mut();
    headers.insert(hyper::header::CONTENT_TYPE, media_type);
    response
}

/// Adds a header. What we put into one is made of names and digests, which may all stand there.
pub(super) fn with_header(
    mut response: Response<Body>,
    name: HeaderName,
    text: &(impl Display + ?Sized),
) -> Response<Body> {
    if let Ok(value) = HeaderValue::try_from(text.to_string()) {
        response.headers_mut().insert(name, value);
    }
    response
}
