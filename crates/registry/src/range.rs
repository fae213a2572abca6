//! Parts of a blob: what a client asks for, and where a chunk of an upload belongs.

use std::{ops::Range, str::FromStr};

/// What `Range: bytes=…` asks for (RFC 9110 §14). Both ends count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// `5-9`
    Between(u64, u64),
    /// `5-`
    From(u64),
    /// `-5`
    Last(u64),
}

/// A header that asks for nothing we give: another unit, several ranges, a mistake. The whole is sent instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ignored;

impl Wanted {
    /// The bytes of a blob of this size; none when there are no such bytes.
    pub(crate) fn of(self, size: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::Between(first, last) => first..last.saturating_add(1).min(size),
            Self::From(first) => first..size,
            Self::Last(count) => size.saturating_sub(count)..size,
        };
        (!range.is_empty()).then_some(range)
    }
}

impl FromStr for Wanted {
    type Err = Ignored;

    fn from_str(text: &str) -> Result<Self, Ignored> {
        let (unit, range) = text.split_once('=').ok_or(Ignored)?;
        let (first, last) = range.trim().split_once('-').ok_or(Ignored)?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return Err(Ignored);
        }
        match (first, last) {
            ("", count) => Ok(Self::Last(number(count)?)),
            (first, "") => Ok(Self::From(number(first)?)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                if first <= last {
                    Ok(Self::Between(first, last))
                } else {
                    Err(Ignored)
                }
            }
        }
    }
}

/// Where a chunk belongs: `Content-Range: 0-99`, both ends counting, in the specification's own form without a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl Chunk {
    pub(crate) fn length(self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }
}

impl FromStr for Chunk {
    type Err = Ignored;

    fn from_str(text: &str) -> Result<Self, Ignored> {
        let (first, last) = text.split_once('-').ok_or(Ignored)?;
        let (first, last) = (number(first)?, number(last)?);
        if first <= last {
            Ok(Self { first, last })
        } else {
            Err(Ignored)
        }
    }
}

/// Digits only: what Rust reads besides, such as a leading `+`, is no number here.
fn number(text: &str) -> Result<u64, Ignored> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_err(|_| Ignored)
    } else {
        Err(Ignored)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_range_is_cut_to_what_is_there() {
        let of = |text: &str, size| text.parse::<Wanted>().unwrap().of(size);
        assert_eq!(of("bytes=0-3", 10), Some(0..4));
        assert_eq!(of("bytes=8-99", 10), Some(8..10));
        assert_eq!(of("bytes=9-", 10), Some(9..10));
        assert_eq!(of("bytes=-3", 10), Some(7..10));
        assert_eq!(of("bytes=-30", 10), Some(0..10));
        assert_eq!(of("Bytes= 0-0", 10), Some(0..1));
        assert_eq!(of("bytes=10-", 10), None);
        assert_eq!(of("bytes=10-20", 10), None);
        assert_eq!(of("bytes=-0", 10), None);
        assert_eq!(of("bytes=0-", 0), None);
        assert_eq!(of("bytes=0-18446744073709551615", 3), Some(0..3));
    }

    #[test]
    fn what_is_not_understood_is_ignored() {
        for text in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=3",
            "bytes=3-2",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes=+1-2",
            "bytes=1-+2",
            "bytes=a-b",
            "bytes=18446744073709551616-",
        ] {
            assert_eq!(text.parse::<Wanted>(), Err(Ignored), "{text}");
        }
        for text in [
            "",
            "1",
            "-",
            "1-",
            "-1",
            "2-1",
            "bytes=0-1",
            "bytes 0-1/2",
            "+1-2",
        ] {
            assert_eq!(text.parse::<Chunk>(), Err(Ignored), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_range_never_leaves_the_blob(text in "bytes=[0-9]{0,3}-[0-9]{0,3}", size in 0_u64..200) {
            if let Some(range) = text.parse::<Wanted>().ok().and_then(|wanted| wanted.of(size)) {
                prop_assert!(range.start < range.end && range.end <= size);
            }
        }

        #[test]
        fn no_text_is_too_much(text in "\\PC{0,30}") {
            let _ = text.parse::<Wanted>();
            let _ = text.parse::<Chunk>();
        }

        #[test]
        fn exactly_the_specifications_chunks_are_read(text in "[0-9-]{0,9}") {
            let ordered = |text: &str| {
                let (first, last) = text.split_once('-')?;
                Some(first.parse::<u64>().ok()? <= last.parse::<u64>().ok()?)
            };
            let grammar = regex::Regex::new("^[0-9]+-[0-9]+$").unwrap();
            let is_one = grammar.is_match(&text) && ordered(&text) == Some(true);
            prop_assert_eq!(text.parse::<Chunk>().is_ok(), is_one, "{}", text);
        }
    }
}
