//! Where the time of a run went: the events of a run as a page that shows every host, phase and step on a time axis.
//!
//! [`Recorder`] is a reporter that keeps what takes time; [`Timings`] is that as a value; [`page`] is a pure function
//! from the value to HTML that stands alone: no script, no font, no picture from anywhere.

mod page;
mod recorder;
mod text;
mod timings;

pub use page::page;
pub use recorder::Recorder;
pub use timings::{Bar, Lane, Outcome, Timings, Title};
