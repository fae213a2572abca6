//! Events for programs: every one of them, as it is.

use dhow_execute::{Event, Reporter};

use crate::{event_line::Told, terminal::Terminal};

/// Hands every event on as a line of JSON.
#[derive(Debug)]
pub(super) struct Events(pub(super) Terminal);

impl Reporter for Events {
    fn report(&mut self, event: &Event) {
        self.0.event(Told::from(&event.kind));
    }
}
