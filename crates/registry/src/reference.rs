//! How a manifest is asked for.

use std::{fmt, str::FromStr};

use dhow_names::{Digest, InvalidDigest, InvalidTag, Tag};

/// How a manifest is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// By a name that may move.
    Tag(Tag),
    /// By its content.
    Digest(Digest),
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => fmt::Display::fmt(tag, formatter),
            Self::Digest(digest) => fmt::Display::fmt(digest, formatter),
        }
    }
}

/// Why a text refers to no manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidReference {
    #[error(transparent)]
    Tag(#[from] InvalidTag),
    #[error(transparent)]
    Digest(#[from] InvalidDigest),
}

impl FromStr for Reference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        // No tag has a colon.
        Ok(if text.contains(':') {
            Self::Digest(text.parse()?)
        } else {
            Self::Tag(text.parse()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_tells_a_digest_from_a_tag() {
        let digest = Digest::of(b"");
        assert_eq!(digest.to_string().parse(), Ok(Reference::Digest(digest)));
        assert!(matches!("sha256".parse(), Ok(Reference::Tag(_))));
        assert!(matches!(
            "sha256:1".parse::<Reference>(),
            Err(InvalidReference::Digest(_))
        ));
        assert!(matches!(
            "-".parse::<Reference>(),
            Err(InvalidReference::Tag(_))
        ));
    }
}
