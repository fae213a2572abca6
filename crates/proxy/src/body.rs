//! Bodies on their way through: counted, limited, cut when told to, and their connection put back after.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::flight::Flight;
use crate::pool::Connection;
use crate::request_log::RequestRecord;
use crate::target::Target;

/// Why a body ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The other side broke off.
    #[error("the connection broke")]
    Broken(#[from] hyper::Error),
    /// There was more than the service accepts.
    #[error("larger than the limit")]
    TooLarge,
    /// The target was drained and time was up.
    #[error("cut by a drain")]
    Cut,
}

/// How far the sending of a request body has come, as the handler sees it.
#[derive(Debug, Clone, Default)]
pub struct Upload {
    finished: CancellationToken,
    too_large: Arc<AtomicBool>,
}

impl Upload {
    /// Ends when there is nothing more to send.
    pub async fn finished(&self) {
        self.finished.cancelled().await;
    }

    /// Whether the body was larger than the limit.
    pub fn was_too_large(&self) -> bool {
        self.too_large.load(Ordering::Acquire)
    }
}

/// The body of a request on its way to a target.
#[derive(Debug)]
pub enum RequestBody {
    /// There is none.
    Empty,
    /// Passed on as it comes.
    Streamed {
        /// What the client sends.
        incoming: Incoming,
        /// How many more bytes are accepted.
        allowance: Option<u64>,
        /// Where the handler is told how far it came.
        upload: Upload,
    },
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Self::Streamed {
            incoming,
            allowance,
            upload,
        } = self.get_mut()
        else {
            return Poll::Ready(None);
        };
        let frame = std::task::ready!(Pin::new(&mut *incoming).poll_frame(cx));
        if frame.is_none() || incoming.is_end_stream() {
            upload.finished.cancel();
        }
        let Some(frame) = frame else {
            return Poll::Ready(None);
        };
        let frame = frame?;
        if let (Some(left), Some(data)) = (allowance, frame.data_ref()) {
            let Some(rest) = left.checked_sub(data.len() as u64) else {
                upload.too_large.store(true, Ordering::Release);
                return Poll::Ready(Some(Err(BodyError::TooLarge)));
            };
            *left = rest;
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Streamed { incoming, .. } => incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Streamed { incoming, .. } => incoming.size_hint(),
        }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if let Self::Streamed { upload, .. } = self {
            upload.finished.cancel();
        }
    }
}

/// The body of an answer on its way to the client. Its request ends, and is logged, when it is dropped.
#[derive(Debug)]
pub struct ResponseBody {
    source: Source,
    /// The request's record, unless somebody else keeps it.
    record: Option<RequestRecord>,
}

#[derive(Debug)]
enum Source {
    Page(Option<Bytes>),
    Target(Box<Passing>),
}

/// What a body gives when it is asked: a frame, an error, or its end.
type Polled = Option<Result<Frame<Bytes>, hyper::Error>>;

/// An answer of a target while it passes through.
#[derive(Debug)]
pub struct Passing {
    incoming: Incoming,
    /// What was read ahead: a frame, an error, or the end.
    ahead: Option<Polled>,
    allowance: Option<u64>,
    finished: bool,
    connection: Option<Connection>,
    target: Arc<Target>,
    worker: usize,
    flight: Flight,
    /// Made when the body is first waited for; most never are.
    cut: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl Passing {
    /// An answer that comes over `connection`, with at most `allowance` bytes.
    pub fn new(
        incoming: Incoming,
        connection: Connection,
        (target, worker): (Arc<Target>, usize),
        flight: Flight,
        allowance: Option<u64>,
    ) -> Self {
        let finished = incoming.is_end_stream();
        Self {
            incoming,
            ahead: None,
            allowance,
            finished,
            connection: Some(connection),
            target,
            worker,
            flight,
            cut: None,
        }
    }

    /// Reads the first frame when it is there already, so that it leaves together with the head.
    pub async fn read_ahead(&mut self) {
        if self.finished {
            return;
        }
        self.ahead = self.read_if_there().await;
        if self.ahead.is_none() {
            // The connection's task has been told now that somebody reads; let it run once.
            tokio::task::yield_now().await;
            self.ahead = self.read_if_there().await;
        }
    }

    async fn read_if_there(&mut self) -> Option<Polled> {
        std::future::poll_fn(|cx| {
            Poll::Ready(match Pin::new(&mut self.incoming).poll_frame(cx) {
                Poll::Ready(frame) => Some(frame),
                Poll::Pending => None,
            })
        })
        .await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = match self.ahead.take() {
            Some(frame) => frame,
            None => match Pin::new(&mut self.incoming).poll_frame(cx) {
                Poll::Ready(frame) => frame,
                Poll::Pending => return self.poll_cut(cx),
            },
        };
        let Some(frame) = frame else {
            self.finished = true;
            return Poll::Ready(None);
        };
        let frame = frame?;
        self.finished = frame.is_trailers() || self.incoming.is_end_stream();
        if let (Some(left), Some(data)) = (&mut self.allowance, frame.data_ref()) {
            *left = left
                .checked_sub(data.len() as u64)
                .ok_or(BodyError::TooLarge)?;
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn poll_cut(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let flight = &self.flight;
        let cut = self
            .cut
            .get_or_insert_with(|| Box::pin(flight.cut_token().clone().cancelled_owned()));
        cut.as_mut().poll(cx).map(|()| Some(Err(BodyError::Cut)))
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if self.finished
            && let Some(connection) = self.connection.take()
        {
            self.target.pool(self.worker).put(connection);
        }
    }
}

impl ResponseBody {
    /// A page of the proxy's own.
    pub fn page(page: impl Into<Bytes>, record: RequestRecord) -> Self {
        let page = page.into();
        Self {
            source: Source::Page(Some(page).filter(|page| !page.is_empty())),
            record: Some(record),
        }
    }

    /// The answer of a target.
    pub fn passing(passing: Passing, record: RequestRecord) -> Self {
        Self {
            source: Source::Target(Box::new(passing)),
            record: Some(record),
        }
    }

    /// No body at all, of a request whose record is kept elsewhere.
    pub fn none() -> Self {
        Self {
            source: Source::Page(None),
            record: None,
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let body = self.get_mut();
        let frame = match &mut body.source {
            Source::Page(page) => Poll::Ready(page.take().map(|page| Ok(Frame::data(page)))),
            Source::Target(passing) => passing.poll_next(cx),
        };
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let (Some(data), Some(record)) = (frame.data_ref(), &mut body.record)
        {
            record.bytes_sent += data.len() as u64;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Page(page) => page.is_none(),
            Source::Target(passing) => passing.finished && passing.ahead.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Page(page) => {
                SizeHint::with_exact(page.as_ref().map_or(0, |page| page.len() as u64))
            }
            Source::Target(passing) if passing.ahead.is_none() => passing.incoming.size_hint(),
            Source::Target(passing) => read_ahead_hint(passing),
        }
    }
}

/// The frame that was read ahead counts as still to come.
fn read_ahead_hint(passing: &Passing) -> SizeHint {
    let ahead = match &passing.ahead {
        Some(Some(Ok(frame))) => frame.data_ref().map_or(0, |data| data.len() as u64),
        _ => 0,
    };
    let rest = passing.incoming.size_hint();
    match rest.exact() {
        Some(rest) => SizeHint::with_exact(rest + ahead),
        None => SizeHint::default(),
    }
}
