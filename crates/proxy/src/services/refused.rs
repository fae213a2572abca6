//! Why a command is not carried out.

use std::time::Duration;

use crate::error_page::ErrorPagesError;
use crate::go_duration;
use crate::health::Failure;
use crate::names::TargetAddress;
use crate::settings::Unsupported;
use crate::tls::CertificateError;

/// Why a command was not carried out; the texts are the original's (kamal-proxy §2).
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No service has this name.
    #[error("service not found")]
    ServiceNotFound,
    /// Another service has the same host and prefix.
    #[error("host settings conflict with another service")]
    HostConflict,
    /// The targets were not all healthy in time.
    #[error(
        "target failed to become healthy within configured timeout ({}){}",
        go_duration::print(*limit), describe(failures)
    )]
    Unhealthy {
        /// The time they had.
        limit: Duration,
        /// What the last check of each saw.
        failures: Vec<(TargetAddress, Option<Failure>)>,
    },
    /// The certificate cannot be used.
    #[error("unable to load certificate")]
    Certificate(#[source] CertificateError),
    /// The error pages cannot be used.
    #[error("unable to load error pages")]
    ErrorPages(#[source] ErrorPagesError),
    /// Something that does not exist yet was asked for.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}

/// One further line for each target that never became healthy.
fn describe(failures: &[(TargetAddress, Option<Failure>)]) -> String {
    let seen = |failure: &Option<Failure>| {
        failure
            .as_ref()
            .map_or_else(|| "no check has ended yet".to_owned(), ToString::to_string)
    };
    let lines = failures
        .iter()
        .map(|(address, failure)| format!("\nlast check of {address}: {}", seen(failure)));
    lines.collect()
}
