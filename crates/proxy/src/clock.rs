//! The one place where the proxy asks what time it is.

use jiff::Timestamp;

/// The wall clock, for log lines and `X-Request-Start`. Durations are measured with `Instant`.
#[expect(
    clippy::disallowed_methods,
    reason = "a proxy stamps live requests; this is its one clock"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
