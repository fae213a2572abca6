//! One target of a service: its address, whether it is healthy, and what is under way to it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::flight::{Afterwards, Flight, Flights};
use crate::names::TargetAddress;
use crate::pool::Pool;

/// A target that requests may be sent to.
#[derive(Debug)]
pub struct Target {
    address: TargetAddress,
    healthy: AtomicBool,
    flights: Flights,
    /// One pool per worker, so that a connection is only ever used where it is polled.
    pools: Box<[Pool]>,
}

impl Target {
    /// A target nothing is known of yet, for so many workers.
    pub fn new(address: TargetAddress, workers: usize) -> Self {
        let pools = (0..workers).map(|_| Pool::default()).collect();
        Self {
            address,
            healthy: AtomicBool::new(false),
            flights: Flights::default(),
            pools,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> &TargetAddress {
        &self.address
    }

    /// Whether it takes requests, by what is known.
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Acquire)
    }

    /// Notes its health and gives what was noted before.
    pub fn set_healthy(&self, healthy: bool) -> bool {
        self.healthy.swap(healthy, Ordering::AcqRel)
    }

    /// Begins a request to it, or nothing when it was replaced.
    pub fn begin(&self) -> Option<Flight> {
        self.flights.begin()
    }

    /// The idle connections of one worker.
    pub fn pool(&self, worker: usize) -> &Pool {
        &self.pools[worker]
    }

    /// Waits for the requests under way and cuts those that take longer; gives how many were cut.
    pub async fn drain(&self, limit: Duration, afterwards: Afterwards) -> usize {
        if afterwards == Afterwards::Close {
            self.pools.iter().for_each(Pool::close);
        }
        self.flights.drain(limit, afterwards).await
    }
}
