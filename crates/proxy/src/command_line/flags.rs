//! How single values are read from flags, and refused in Go's words.

use std::time::Duration;

use super::UsageError;
use crate::environment::go_boolean;
use crate::go_duration::{self, GoDurationError};

/// A boolean flag has a value that Go would not take.
#[derive(Debug, thiserror::Error)]
#[error("strconv.ParseBool: parsing {0:?}: invalid syntax")]
pub(super) struct InvalidBoolean(String);

/// Reads the value of a boolean flag.
pub(super) fn boolean(text: &str) -> Result<bool, InvalidBoolean> {
    go_boolean(text).ok_or_else(|| InvalidBoolean(text.to_owned()))
}

/// Reads the value of a duration flag.
pub(super) fn duration(text: &str) -> Result<Duration, GoDurationError> {
    go_duration::parse(text)
}

/// The one positional argument of most commands.
pub(super) fn positional_service(mut service: Vec<String>) -> Result<String, UsageError> {
    match (service.len(), service.pop()) {
        (1, Some(service)) => Ok(service),
        (received, _) => Err(UsageError::ArgumentCount { received }),
    }
}
