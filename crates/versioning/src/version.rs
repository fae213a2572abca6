//! A version that can be a Docker tag.

use std::{fmt, str::FromStr};

use serde::Serialize;

use crate::CommitId;

/// The rule for a version, in words (versioning §1.1).
pub const VERSION_RULE: &str = "a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, \
     the first not `.` or `-`";

/// How many characters a Docker tag may have.
const LONGEST: usize = 128;

/// How many characters of a version stand for it where space is short.
const ABBREVIATED: usize = 7;

/// What an image, a container and every report of one deploy are called:
/// `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`. It is safe in tags, container names, paths and shell words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Version(String);

/// A text that cannot be a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVersion {
    /// There is no text.
    #[error("a version cannot be empty ({VERSION_RULE})")]
    Empty,
    /// A character that no tag holds.
    #[error(
        "{character:?} cannot be part of the version `{text}` ({VERSION_RULE}); `{suggestion}` would do"
    )]
    Character {
        /// The whole text.
        text: String,
        /// The first character that does not fit.
        character: char,
        /// The same text with every such character replaced.
        suggestion: Version,
    },
    /// The first character may stand only behind another.
    #[error(
        "the version `{text}` cannot begin with {character:?} ({VERSION_RULE}); `{suggestion}` would do"
    )]
    FirstCharacter {
        /// The whole text.
        text: String,
        /// The first character.
        character: char,
        /// The same text with another beginning.
        suggestion: Version,
    },
    /// More characters than a tag has room for.
    #[error(
        "the version `{text}` has {length} characters ({VERSION_RULE}); `{suggestion}` would do"
    )]
    TooLong {
        /// The whole text.
        text: String,
        /// How many characters it has.
        length: usize,
        /// Its beginning.
        suggestion: Version,
    },
}

/// A version in somebody's own words. The `+` before the build metadata of a semantic version, which no tag
/// holds, stands as `_`, as it does in other tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenVersion {
    /// The version.
    pub version: Version,
    /// The words, where they are not the version itself.
    pub written: Option<String>,
}

/// A tag that every deploy moves was given as the version to deploy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{version}` cannot be deployed as a version: the tag moves with every deploy, so it names no \
     particular image and could not be rolled back to"
)]
pub struct MovingTag {
    /// The tag.
    pub version: Version,
}

impl Version {
    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The short form: a version with `_` as a whole, any other by its first seven characters
    /// (versioning §1.2).
    pub fn abbreviated(&self) -> &str {
        if self.0.contains('_') || self.0.len() <= ABBREVIATED {
            &self.0
        } else {
            &self.0[..ABBREVIATED]
        }
    }

    /// Refuses `latest` and `latest-…`, the tags that follow each deploy (versioning §2). They name an
    /// image for `app exec`, but cannot be what is deployed.
    pub fn check_deployable(&self) -> Result<(), MovingTag> {
        if self.0 == "latest" || self.0.starts_with("latest-") {
            return Err(MovingTag {
                version: self.clone(),
            });
        }
        Ok(())
    }

    /// The nearest version to any text that is not empty.
    fn nearest(text: &str) -> Self {
        let mut nearest: String = text
            .chars()
            .map(|character| if fits(character) { character } else { '_' })
            .take(LONGEST)
            .collect();
        if nearest.starts_with(['.', '-']) {
            nearest.replace_range(..1, "_");
        }
        Self(nearest)
    }
}

impl InvalidVersion {
    /// A valid version near to the refused text, when there was a text.
    pub fn suggestion(&self) -> Option<&Version> {
        match self {
            Self::Empty => None,
            Self::Character { suggestion, .. }
            | Self::FirstCharacter { suggestion, .. }
            | Self::TooLong { suggestion, .. } => Some(suggestion),
        }
    }
}

fn fits(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-')
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let first = text.chars().next().ok_or(InvalidVersion::Empty)?;
        let suggestion = Self::nearest(text);
        let text = text.to_owned();
        if let Some(character) = text.chars().find(|character| !fits(*character)) {
            return Err(InvalidVersion::Character {
                text,
                character,
                suggestion,
            });
        }
        if matches!(first, '.' | '-') {
            return Err(InvalidVersion::FirstCharacter {
                text,
                character: first,
                suggestion,
            });
        }
        if text.len() > LONGEST {
            return Err(InvalidVersion::TooLong {
                length: text.len(),
                text,
                suggestion,
            });
        }
        Ok(Self(text))
    }
}

impl FromStr for GivenVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let version: Version = text.replace('+', "_").parse()?;
        let written = (version.as_str() != text).then(|| text.to_owned());
        Ok(Self { version, written })
    }
}

impl From<&CommitId> for Version {
    fn from(id: &CommitId) -> Self {
        Self(id.as_str().to_owned())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl AsRef<str> for Version {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(text: &str) -> String {
        text.parse::<Version>().unwrap_err().to_string()
    }

    #[test]
    fn a_refusal_names_the_rule_the_character_and_a_way_out() {
        insta::assert_snapshot!(message("1.2.3+build"), @"'+' cannot be part of the version `1.2.3+build` (a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`); `1.2.3_build` would do");
        insta::assert_snapshot!(message(".5"), @"the version `.5` cannot begin with '.' (a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`); `_5` would do");
        insta::assert_snapshot!(message(""), @"a version cannot be empty (a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`)");
        let long = "v".repeat(129).parse::<Version>().unwrap_err();
        assert!(matches!(long, InvalidVersion::TooLong { length: 129, .. }));
        assert_eq!(long.suggestion().unwrap().as_str(), "v".repeat(128));
    }

    #[test]
    fn the_short_form_keeps_a_marked_version_whole() {
        for (text, short) in [
            ("1db6e3698b4c45e4a1c3", "1db6e36"),
            ("production-1", "product"),
            ("abc_def_ghi", "abc_def_ghi"),
            ("1.2", "1.2"),
        ] {
            assert_eq!(text.parse::<Version>().unwrap().abbreviated(), short);
        }
    }

    #[test]
    fn a_tag_that_moves_is_a_version_but_not_one_to_deploy() {
        for text in ["latest", "latest-staging"] {
            let version: Version = text.parse().unwrap();
            assert!(version.check_deployable().is_err(), "{text}");
        }
        for text in ["1.2.3", "latest1", "v-latest"] {
            let version: Version = text.parse().unwrap();
            assert!(version.check_deployable().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_plus_stands_as_an_underscore_and_nothing_else_changes() {
        for (text, version, written) in [
            ("1.2.3+build123", "1.2.3_build123", Some("1.2.3+build123")),
            ("1.2.3+a+b", "1.2.3_a_b", Some("1.2.3+a+b")),
            (" 1.2.3\n", "1.2.3", None),
        ] {
            let given: GivenVersion = text.parse().unwrap();
            let said = (given.version.as_str(), given.written.as_deref());
            assert_eq!(said, (version, written));
        }
        let error = "v1/x+1".parse::<GivenVersion>().unwrap_err();
        insta::assert_snapshot!(error, @"'/' cannot be part of the version `v1/x_1` (a version becomes a Docker tag: 1 to 128 ASCII letters, digits, `_`, `.` or `-`, the first not `.` or `-`); `v1_x_1` would do");
        assert_eq!(" ".parse::<GivenVersion>(), Err(InvalidVersion::Empty));
    }

    /// Docker's rule, written a second time in another way.
    fn is_tag(text: &str) -> bool {
        let bytes = text.as_bytes();
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        bytes.first().is_some_and(word)
            && bytes.len() <= 128
            && bytes[1..]
                .iter()
                .all(|byte| word(byte) || b".-".contains(byte))
    }

    proptest! {
        #[test]
        fn exactly_the_tags_are_versions(text in prop_oneof![
            "[A-Za-z0-9_.-]{0,140}", "\\PC{0,20}", "[ -~]{0,12}"
        ]) {
            match text.parse::<Version>() {
                Ok(version) => prop_assert!(is_tag(version.as_str()) && version.as_str() == text),
                Err(error) => {
                    prop_assert!(!is_tag(&text));
                    if let Some(suggestion) = error.suggestion() {
                        prop_assert_eq!(&suggestion.as_str().parse::<Version>().unwrap(), suggestion);
                    } else {
                        prop_assert!(text.is_empty());
                    }
                }
            }
        }
    }
}
