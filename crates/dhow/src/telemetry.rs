//! `output.otel`: what happens in a run goes to a collector too (cli §9, decision 0182).

use dhow_telemetry::{Ended, Limits, Origin, Shipping};
use jiff::Timestamp;

use crate::{failure::Failure, invocation::Invocation, project::Project};

/// Begins to send, where the deploy file wants that. What is in the way is a warning: no deploy fails for its log.
pub(crate) fn begin(invocation: &Invocation, project: &Project) {
    let config = &project.config;
    let Some(endpoint) = &config.output.otel_endpoint else {
        return;
    };
    let environment = &invocation.environment;
    let began = environment.now();
    let began = began.checked_sub(invocation.announcer.elapsed());
    let began = began.unwrap_or(Timestamp::UNIX_EPOCH);
    let origin = Origin {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        run_id: run_id(environment.seed, began),
        service: config.service.to_string(),
        deploy_version: project.version_or_unknown(invocation).to_string(),
        performer: project.performer(environment),
        destination: config.destination.as_ref().map(ToString::to_string),
        command: invocation.command.join(" "),
        began,
    };
    match Shipping::start(endpoint, origin, Limits::default()) {
        Ok(shipping) => {
            invocation.announcer.add(Box::new(shipping.clone()));
            // A run reads its project once.
            let _ = invocation.telemetry.set(shipping);
        }
        Err(error) => invocation.terminal.warning(&failed(&error.to_string())),
    }
}

/// Sends the rest, and tells how that went.
pub(crate) async fn finish(invocation: &Invocation, result: Result<(), &Failure>) {
    let Some(shipping) = invocation.telemetry.get() else {
        return;
    };
    let ended = match result {
        Ok(()) => Ended::Done,
        Err(failure) => Ended::Failed {
            kind: failure.kind.name().to_owned(),
            message: invocation.announcer.redact(&failure.headline),
        },
    };
    let sent = shipping.finish(&ended, invocation.announcer.elapsed());
    match sent.await {
        Ok(()) => {
            let told = format!("Logs sent to {}", shipping.endpoint());
            invocation.terminal.progress(&told);
        }
        Err(error) => invocation.terminal.warning(&failed(&error.to_string())),
    }
}

/// In Kamal's words, which scripts may look for.
fn failed(reason: &str) -> String {
    format!("OTel log shipping failed: {reason}")
}

/// A number for this run, in the form of a UUID of chance.
fn run_id(seed: u64, began: Timestamp) -> String {
    let nanoseconds = u64::try_from(began.as_nanosecond()).unwrap_or_default();
    let more = seed.rotate_left(32) ^ nanoseconds;
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        seed >> 32,
        seed >> 16 & 0xffff,
        seed & 0xfff,
        more >> 48 & 0xfff,
        more & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_a_number_in_the_form_of_a_uuid() {
        let began = "2026-01-02T03:04:05Z".parse().unwrap();
        let id = run_id(0x0123_4567_89ab_cdef, began);
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
        assert!(id.starts_with("01234567-89ab-4def-8"), "{id}");
        assert_ne!(id, run_id(0x0123_4567_89ab_cdee, began));
    }
}
