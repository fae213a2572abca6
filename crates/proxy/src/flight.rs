//! Requests under way to a target: counted one by one, waited for, and cut when time is up.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long a cut request may take to notice that it was cut.
const LAST_CALL: Duration = Duration::from_secs(2);

/// The requests under way to one target.
///
/// They belong to generations. Draining takes the current generation out, so requests that come later
/// (after a resume, say) are neither waited for nor refused.
#[derive(Debug)]
pub struct Flights {
    current: Mutex<Option<Arc<Generation>>>,
}

#[derive(Debug, Default)]
struct Generation {
    count: AtomicUsize,
    landed: Notify,
    cut_upgraded: CancellationToken,
    cut: CancellationToken,
}

/// One request under way; it has landed when this is dropped.
#[derive(Debug)]
pub struct Flight(Arc<Generation>);

/// What a target does after draining.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// It serves on: the service is only paused or stopped.
    Reopen,
    /// It is replaced and takes no request any more.
    Close,
}

impl Default for Flights {
    fn default() -> Self {
        Self {
            current: Mutex::new(Some(Arc::default())),
        }
    }
}

impl Flights {
    /// Begins a request, or nothing when the target was closed.
    pub fn begin(&self) -> Option<Flight> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = current.as_ref()?.clone();
        generation.count.fetch_add(1, Ordering::AcqRel);
        Some(Flight(generation))
    }

    /// Cuts upgraded connections at once, waits up to `limit` for the other requests, then cuts those.
    ///
    /// Gives how many had to be cut (kamal-proxy §3, draining).
    pub async fn drain(&self, limit: Duration, afterwards: Afterwards) -> usize {
        let Some(generation) = self.take(afterwards) else {
            return 0;
        };
        generation.cut_upgraded.cancel();
        if timeout(limit, generation.all_landed()).await.is_ok() {
            return 0;
        }
        let late = generation.count.load(Ordering::Acquire);
        generation.cut.cancel();
        // A body that nobody reads is never polled and so never notices; it is not worth more waiting.
        let _ = timeout(LAST_CALL, generation.all_landed()).await;
        late
    }

    fn take(&self, afterwards: Afterwards) -> Option<Arc<Generation>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match afterwards {
            Afterwards::Reopen => current.as_mut().map(std::mem::take),
            Afterwards::Close => current.take(),
        }
    }
}

impl Generation {
    async fn all_landed(&self) {
        loop {
            let landed = self.landed.notified();
            tokio::pin!(landed);
            // Enabled before the count is read, so that the last landing cannot slip between.
            landed.as_mut().enable();
            if self.count.load(Ordering::Acquire) == 0 {
                return;
            }
            landed.await;
        }
    }
}

impl Flight {
    /// Ends when the request is to be cut.
    pub async fn cut(&self) {
        self.0.cut.cancelled().await;
    }

    /// The token that is cancelled when the request is to be cut.
    pub fn cut_token(&self) -> &CancellationToken {
        &self.0.cut
    }

    /// Ends when an upgraded connection is to be cut, which is at the beginning of a drain.
    pub async fn cut_upgraded(&self) {
        self.0.cut_upgraded.cancelled().await;
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.landed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    const LONG: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn draining_waits_for_the_last_request() {
        let flights = Flights::default();
        let flight = flights.begin().unwrap();
        let begun = Instant::now();
        let landing = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            drop(flight);
        };
        let (late, ()) = tokio::join!(flights.drain(LONG, Afterwards::Close), landing);
        assert_eq!(late, 0);
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
        assert!(
            flights.begin().is_none(),
            "a closed target takes no request"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn upgraded_connections_are_cut_first_and_the_rest_at_the_limit() {
        let flights = Flights::default();
        let (request, upgraded) = (flights.begin().unwrap(), flights.begin().unwrap());
        let begun = Instant::now();
        let request = async {
            request.cut().await;
            assert_eq!(begun.elapsed(), LONG);
        };
        let upgraded = async {
            upgraded.cut_upgraded().await;
            assert_eq!(begun.elapsed(), Duration::ZERO);
            drop(upgraded);
        };
        let (late, (), ()) =
            tokio::join!(flights.drain(LONG, Afterwards::Close), request, upgraded);
        assert_eq!(late, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reopened_target_takes_requests_while_it_drains() {
        let flights = Flights::default();
        let old = flights.begin().unwrap();
        let drain = flights.drain(LONG, Afterwards::Reopen);
        tokio::pin!(drain);
        tokio::select! {
            biased;
            _ = &mut drain => panic!("the old request is still under way"),
            () = std::future::ready(()) => {}
        }
        let new = flights.begin().expect("requests after a resume are taken");
        drop(old);
        assert_eq!(drain.await, 0, "the new request is not waited for");
        drop(new);
    }
}
