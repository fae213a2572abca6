//! Wrong command lines, in the original's words.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Command;
use crate::names::InvalidTarget;
use crate::settings::Unsupported;

/// What is wrong with a command line.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// Not exactly one service was named.
    #[error("accepts 1 arg(s), received {received}")]
    ArgumentCount {
        /// How many were.
        received: usize,
    },
    /// A flag that must be given was not.
    #[error("required flag(s) \"{0}\" not set")]
    RequiredFlag(&'static str),
    /// A target is of no known form.
    #[error(transparent)]
    Target(#[from] InvalidTarget),
    /// A value does not fit its flag.
    #[error("invalid argument {value:?} for \"{flag}\" flag: {reason}")]
    InvalidValue {
        /// The flag.
        flag: String,
        /// Its value.
        value: String,
        /// Why not.
        reason: String,
    },
    /// A flag stands without its value.
    #[error("flag needs an argument: {0}")]
    NoValue(String),
    /// A limit was given that nothing would enforce.
    #[error("max-{0}-body can only be set when {0} buffering is enabled")]
    LimitWithoutBuffering(&'static str),
    /// One of a certificate and its key is missing.
    #[error(
        "if any flags in the group [tls-certificate-path tls-private-key-path] are set they must all be set; \
         missing [{0}]"
    )]
    HalfCertificate(&'static str),
    /// TLS was asked for without a host to have a certificate for.
    #[error("service options invalid: host must be set when using TLS")]
    TlsWithoutHost,
    /// TLS was asked for by a service that does not serve `/`.
    #[error("service options invalid: TLS settings must be specified on the root path service")]
    TlsOffRoot,
    /// Something that does not exist yet was asked for.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// A flag that there is not.
    #[error("unknown flag: {0}")]
    UnknownFlag(String),
    /// A command that there is not.
    #[error("unknown command {0:?} for \"kamal-proxy\"")]
    UnknownCommand(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// What clap's refusal means to us; asking for help is none.
pub(super) fn explain(error: &clap::Error) -> Result<Command, UsageError> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let argument = || text(ContextKind::InvalidArg).unwrap_or_default();
    // Clap names a flag with the form of its value: `--target <TARGET>`.
    let flag = || {
        argument()
            .split([' ', '=', '['])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    Err(match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return Ok(Command::Print(error.render().to_string()));
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            let source = std::error::Error::source(error).map(ToString::to_string);
            match (source, value.is_empty()) {
                (None, true) => UsageError::NoValue(flag()),
                (reason, _) => UsageError::InvalidValue {
                    flag: flag(),
                    value,
                    reason: reason.unwrap_or_else(|| "not understood".to_owned()),
                },
            }
        }
        ErrorKind::UnknownArgument => UsageError::UnknownFlag(flag()),
        ErrorKind::InvalidSubcommand => {
            UsageError::UnknownCommand(text(ContextKind::InvalidSubcommand).unwrap_or_default())
        }
        _ => {
            let rendered = error.render().to_string();
            let first = rendered.lines().next().unwrap_or_default();
            UsageError::Other(first.trim_start_matches("error: ").to_owned())
        }
    })
}
