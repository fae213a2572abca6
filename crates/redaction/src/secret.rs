//! The one type that holds a secret.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// What stands in the place of a secret wherever a person reads (host-commands §1.4).
pub const REDACTED: &str = "[REDACTED]";

/// A secret text. It prints as [`REDACTED`], is wiped from memory when dropped, and comes out only through
/// [`expose`](Self::expose): a search for that word lists every place a secret can leave.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The secret itself, for the transport that delivers it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether there is no text at all, which a caller may know without seeing it.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_shows_nothing() {
        let secret = Secret::new("hunter2");
        assert_eq!(
            format!("{secret} {secret:?} {secret:#?}"),
            "[REDACTED] [REDACTED] [REDACTED]"
        );
        assert_eq!(secret.expose(), "hunter2");
    }
}
