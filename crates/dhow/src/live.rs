//! A run on a terminal: what is over stays above, what goes on is drawn below and drawn anew.
//!
//! What is shown is decided by [`view`], and which characters that takes by [`screen`]; here they are written. The
//! cursor is neither hidden nor left inside a line, so whatever ends the process leaves a terminal as it should be.

mod screen;
mod table;
mod view;

use std::{
    io::{self, Write as _},
    panic,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use anstyle::{AnsiColor, Style};
use dhow_execute::{Event, EventKind, Reporter};

use self::{
    screen::{Screen, Size},
    view::{Look, Shown, View},
};

/// How often the times of what goes on are looked at.
const TICK: Duration = Duration::from_millis(250);

/// How long a picture stands at least, while nothing comes that stays: hundreds of hosts have thousands of steps.
const FRAME: Duration = Duration::from_millis(40);

/// Draws on the errors' stream, which is a terminal.
#[derive(Debug)]
pub(crate) struct Live {
    began: Instant,
    colours: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    view: View,
    screen: Screen,
    /// What is drawn, so that nothing is drawn twice.
    drawn: Vec<Shown>,
    /// When that was, since the run began.
    drawn_at: Duration,
    /// Whether the terminal belongs to others now.
    is_over: bool,
}

impl Live {
    /// Begins to draw a run that began at this moment.
    pub(crate) fn start(began: Instant, colours: bool) -> Arc<Self> {
        let live = Arc::new(Self {
            began,
            colours,
            state: Mutex::default(),
        });
        let ticking = Arc::downgrade(&live);
        // Without it times stand still, and all else works.
        let _ = thread::Builder::new()
            .name("live view".to_owned())
            .spawn(move || {
                while tick(&ticking) {
                    thread::sleep(TICK);
                }
            });
        clear_before_a_panic(Arc::downgrade(&live));
        live
    }

    /// Shows an event.
    fn tell(&self, kind: &EventKind) {
        let now = self.began.elapsed();
        let mut state = self.state();
        let kept = state.view.report(kind, now);
        if kept.is_empty() && now.saturating_sub(state.drawn_at) < FRAME {
            // The next picture shows it.
            return;
        }
        let kept = self.kept(&kept);
        self.draw(&mut state, &kept, true);
    }

    /// Makes way for what somebody else writes on the terminal.
    pub(crate) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        let mut state = self.state();
        put(&state.screen.frame("", &[], size()));
        let written = write();
        self.draw(&mut state, "", true);
        written
    }

    /// Draws no more, but what stands below everything in the end.
    pub(crate) fn end(&self) {
        self.end_of(&mut self.state());
    }

    fn end_of(&self, state: &mut State) {
        if !state.is_over {
            state.is_over = true;
            let kept = state.view.end();
            put(&state.screen.frame(&self.kept(&kept), &[], size()));
        }
    }

    /// Lines that stay.
    fn kept(&self, shown: &[Shown]) -> String {
        let line = |it: &Shown| self.looking(it.look, &it.text) + "\n";
        shown.iter().map(line).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws what goes on, below lines that stay.
    fn draw(&self, state: &mut State, kept: &str, anew: bool) {
        let size = size();
        let shown = if state.is_over {
            Vec::new()
        } else {
            // One row is the cursor's.
            let rows = size.rows.saturating_sub(1);
            state.view.live(self.began.elapsed(), rows)
        };
        if !anew && shown == state.drawn {
            return;
        }
        let lines: Vec<(usize, String)> = shown
            .iter()
            .map(|it| screen::fitting(&it.text, size, |text| self.looking(it.look, text)))
            .collect();
        put(&state.screen.frame(&self.coloured(kept), &lines, size));
        state.drawn = shown;
        state.drawn_at = self.began.elapsed();
    }

    fn looking(&self, look: Look, text: &str) -> String {
        let (mark, style) = match look {
            Look::Good => ("✓ ", AnsiColor::Green.on_default()),
            Look::Bad => ("✗ ", AnsiColor::Red.on_default().bold()),
            Look::Title => ("", Style::new().bold()),
            Look::Faint => ("", Style::new().dimmed()),
            Look::Plain => ("", Style::new()),
            Look::Warning => ("warning", AnsiColor::Yellow.on_default().bold()),
        };
        let line = match look {
            Look::Good | Look::Bad => format!("{style}{mark}{style:#}{text}"),
            Look::Warning => format!("{style}{mark}{style:#}: {text}"),
            Look::Title | Look::Faint | Look::Plain => format!("{style}{text}{style:#}"),
        };
        self.coloured(&line)
    }

    /// Without colours where nobody wants them.
    fn coloured(&self, text: &str) -> String {
        if self.colours {
            text.to_owned()
        } else {
            anstream::adapter::strip_str(text).to_string()
        }
    }
}

/// Draws what goes on when it has changed; false when there is nobody left to draw for.
fn tick(live: &Weak<Live>) -> bool {
    let Some(live) = live.upgrade() else {
        return false;
    };
    let Ok(mut state) = live.state.lock() else {
        return false;
    };
    if !state.is_over {
        live.draw(&mut state, "", false);
    }
    !state.is_over
}

/// Whoever panics writes to the same terminal.
fn clear_before_a_panic(live: Weak<Live>) {
    let others = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // When it is held, the view itself panicked, and draws no more.
        if let Some(live) = live.upgrade()
            && let Ok(mut state) = live.state.try_lock()
        {
            live.end_of(&mut state);
        }
        others(info);
    }));
}

/// All at once, so that no half of a frame is seen.
fn put(frame: &str) {
    let mut errors = io::stderr().lock();
    // A terminal that went away wants no more.
    let _ = errors.write_all(frame.as_bytes());
    let _ = errors.flush();
}

/// The terminal's size now, which may be another than a moment ago.
fn size() -> Size {
    let told = rustix::termios::tcgetwinsize(io::stderr()).ok();
    let at_least_one = |told: Option<u16>, otherwise: usize| match told {
        None | Some(0) => otherwise,
        Some(told) => usize::from(told),
    };
    Size {
        columns: at_least_one(told.map(|it| it.ws_col), 80),
        rows: at_least_one(told.map(|it| it.ws_row), 24),
    }
}

/// Shows events on the terminal.
#[derive(Debug)]
pub(crate) struct Watching(pub(crate) Arc<Live>);

impl Reporter for Watching {
    fn report(&mut self, event: &Event) {
        self.0.tell(&event.kind);
    }
}

#[cfg(test)]
mod tests;
