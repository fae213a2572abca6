//! The gate before a service: open, holding requests, or turning them away (kamal-proxy §4).

use std::time::Duration;

use tokio::sync::watch;

/// What the gate does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateState {
    /// Requests pass.
    Running,
    /// Each request waits, at most this long from its own arrival.
    Paused {
        /// The longest wait.
        max_pause: Duration,
    },
    /// Each request is answered with the 503 page at once.
    Stopped {
        /// What the page says; empty for the usual text.
        message: String,
    },
}

/// The gate of one service; it outlives the service's deployments.
#[derive(Debug)]
pub struct Gate(watch::Sender<GateState>);

/// What came of a request at the gate.
#[derive(Debug, PartialEq, Eq)]
pub enum Passage {
    /// The gate was open.
    Open,
    /// The request was held and may go on; things may have changed meanwhile.
    Released,
    /// The request was held too long.
    Expired,
    /// The service is stopped, with this message.
    Stopped(String),
}

impl Gate {
    /// A gate in the given state.
    pub fn new(state: GateState) -> Self {
        Self(watch::Sender::new(state))
    }

    /// Changes what the gate does, also with the requests it holds.
    pub fn set(&self, state: GateState) {
        self.0.send_replace(state);
    }

    /// What the gate does now.
    pub fn state(&self) -> GateState {
        self.0.borrow().clone()
    }

    /// Whether requests pass.
    pub fn is_open(&self) -> bool {
        matches!(*self.0.borrow(), GateState::Running)
    }

    /// Takes a request through the gate, waiting when it is paused.
    pub async fn pass(&self) -> Passage {
        let max_pause = match &*self.0.borrow() {
            GateState::Running => return Passage::Open,
            GateState::Stopped { message } => return Passage::Stopped(message.clone()),
            GateState::Paused { max_pause } => *max_pause,
        };
        let mut states = self.0.subscribe();
        let left = states.wait_for(|state| !matches!(state, GateState::Paused { .. }));
        match tokio::time::timeout(max_pause, left).await {
            Err(_) => Passage::Expired,
            Ok(Ok(state)) => match &*state {
                GateState::Stopped { message } => Passage::Stopped(message.clone()),
                GateState::Running | GateState::Paused { .. } => Passage::Released,
            },
            // The sender is `self`, which lives as long as this call.
            Ok(Err(_)) => Passage::Released,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paused() -> Gate {
        Gate::new(GateState::Paused {
            max_pause: Duration::from_secs(30),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn held_requests_go_on_at_resume() {
        let gate = paused();
        let resume = async { gate.set(GateState::Running) };
        let (passage, ()) = tokio::join!(gate.pass(), resume);
        assert_eq!(passage, Passage::Released);
        assert_eq!(gate.pass().await, Passage::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn held_requests_are_turned_away_at_stop() {
        let gate = paused();
        let stop = async {
            gate.set(GateState::Stopped {
                message: "back at noon".to_owned(),
            });
        };
        let (passage, ()) = tokio::join!(gate.pass(), stop);
        assert_eq!(passage, Passage::Stopped("back at noon".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_no_longer_than_its_own_time() {
        assert_eq!(paused().pass().await, Passage::Expired);
    }
}
