//! The names of repositories and tags, as the distribution specification spells them.

use std::{fmt, str::FromStr};

/// The name of a repository, such as `shop` or `acme/shop`: parts of lower-case letters and digits, in which
/// `.`, `_`, `__` or hyphens may stand between two of them. It is safe as a path below a folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepositoryName(String);

/// A text that cannot name a repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be the name of a repository")]
pub struct InvalidRepositoryName(pub String);

/// The longest name, in bytes. A host name and a tag have room beside it in what clients accept.
const LONGEST_NAME: usize = 255;

impl RepositoryName {
    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for RepositoryName {
    type Err = InvalidRepositoryName;

    fn from_str(text: &str) -> Result<Self, InvalidRepositoryName> {
        if text.len() <= LONGEST_NAME && text.split('/').all(is_part) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidRepositoryName(text.to_owned()))
        }
    }
}

/// Letters and digits, with single separators between them.
fn is_part(part: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends_in_words = bytes.first().is_some_and(is_word) && bytes.last().is_some_and(is_word);
    ends_in_words
        && bytes
            .split(is_word)
            .all(|between| matches!(between, b"" | b"." | b"_" | b"__") || all_hyphens(between))
}

fn all_hyphens(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == b'-')
}

/// A tag, such as `latest`. It is safe as the name of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

/// A text that cannot be a tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be a tag")]
pub struct InvalidTag(pub String);

/// The longest tag, in bytes.
const LONGEST_TAG: usize = 128;

impl Tag {
    /// The tag as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Tag {
    type Err = InvalidTag;

    fn from_str(text: &str) -> Result<Self, InvalidTag> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let begins_well = text.bytes().next().is_some_and(is_word);
        let goes_on_well = text
            .bytes()
            .all(|byte| is_word(byte) || b".-".contains(&byte));
        if begins_well && goes_on_well && text.len() <= LONGEST_TAG {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidTag(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    /// The specification's own words for a name.
    const NAME: &str = r"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$";
    const TAG: &str = r"^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$";

    #[test]
    fn a_name_has_at_most_255_bytes_and_a_tag_128() {
        assert!("a".repeat(255).parse::<RepositoryName>().is_ok());
        assert!("a".repeat(256).parse::<RepositoryName>().is_err());
        assert!("a".repeat(128).parse::<Tag>().is_ok());
        assert!("a".repeat(129).parse::<Tag>().is_err());
    }

    #[test]
    fn no_name_leads_out_of_its_folder() {
        for text in [
            "..", ".", "a/../b", "/a", "a/", "a//b", "", "a/_tags", "a\0",
        ] {
            assert!(text.parse::<RepositoryName>().is_err(), "{text}");
        }
        for text in ["..", ".", "", "a/b", "-a", ".a", "a\n", "ä"] {
            assert!(text.parse::<Tag>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn names_are_those_of_the_specification(text in "[a-z0-9A/._ -]{0,12}") {
            let read = text.parse::<RepositoryName>();
            prop_assert_eq!(read.is_ok(), Regex::new(NAME).unwrap().is_match(&text), "{}", text);
        }

        #[test]
        fn every_short_name_of_the_specification_is_read(
            text in r"([a-z0-9]{1,3}((\.|_|__|-{1,3})[a-z0-9]{1,3}){0,2}/){0,3}[a-z0-9]{1,3}(__[a-z0-9]{1,3}){0,2}"
        ) {
            prop_assert!(Regex::new(NAME).unwrap().is_match(&text));
            prop_assert!(text.parse::<RepositoryName>().is_ok(), "{}", text);
        }

        #[test]
        fn tags_are_those_of_the_specification(text in "[a-zA-Z0-9_./: -]{0,6}") {
            let read = text.parse::<Tag>();
            prop_assert_eq!(read.is_ok(), Regex::new(TAG).unwrap().is_match(&text), "{}", text);
        }
    }
}
