//! Sends what happens in a run to an OpenTelemetry collector, as logs over HTTP in JSON (`output.otel`, cli §9).
//!
//! [`Shipping`] is a reporter: it notes an event and goes on. A task of its own sends what was noted, in batches. What
//! cannot be sent is lost, and that is told in the end; nothing here makes a run wait or fail, but for a bounded moment
//! when it is over. What is sent of an event, and in which form, pure functions decide.

mod payload;
mod record;
mod shipping;

pub use payload::{Origin, Value};
pub use shipping::{Ended, Limits, Shipping, ShippingError};
