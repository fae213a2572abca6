//! Idle connections to a target, kept for the next request.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::client::conn::http1::SendRequest;

use crate::body::RequestBody;

/// A connection that can carry a request.
pub type Connection = SendRequest<RequestBody>;

/// Below the five seconds after which Node and others close an idle connection.
const IDLE_LIMIT: Duration = Duration::from_secs(4);
/// The most idle connections kept for one target and worker.
const SIZE_LIMIT: usize = 100;

/// The idle connections of one worker to one target.
#[derive(Debug, Default)]
pub struct Pool(Mutex<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    idle: Vec<(Instant, Connection)>,
    closed: bool,
}

impl Pool {
    /// Takes the connection that was used last, when there is one that is not too old.
    pub fn take(&self) -> Option<Connection> {
        let mut kept = self.lock();
        while let Some((since, connection)) = kept.idle.pop() {
            if since.elapsed() > IDLE_LIMIT {
                // The ones below are older still.
                kept.idle.clear();
                return None;
            }
            if !connection.is_closed() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection whose answer has been read to its end.
    pub fn put(&self, connection: Connection) {
        let mut kept = self.lock();
        if !kept.closed && kept.idle.len() < SIZE_LIMIT && !connection.is_closed() {
            kept.idle.push((Instant::now(), connection));
        }
    }

    /// Closes every idle connection and keeps none from now on.
    pub fn close(&self) {
        let mut kept = self.lock();
        kept.closed = true;
        kept.idle.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
