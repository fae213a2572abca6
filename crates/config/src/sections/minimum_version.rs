//! `minimum_version`, compared with the Kamal version this dhow behaves like (config §2.3 h).

use std::cmp::Ordering;

use crate::{
    findings::{Finding, Findings, KeyPath},
    reader::Reader,
};

/// The version of Kamal whose deploy files are understood.
pub(crate) const COMPATIBLE_KAMAL: &str = "2.12.0";

pub(super) fn check(value: &Reader<'_>, findings: &mut Findings) {
    let Some(text) = value.as_text() else { return };
    let mut error = |message: String, help: &str| {
        let finding = Finding::error(&KeyPath::root(), value.value_span(), message);
        findings.push(finding.help(help));
    };
    let Some(minimum) = segments(&text) else {
        error(
            format!("Malformed version number string {text}"),
            "write it as `\"2.12.0\"`",
        );
        return;
    };
    let current = segments(COMPATIBLE_KAMAL).unwrap_or_default();
    if compare(&minimum, &current) == Ordering::Greater {
        error(
            format!("Current version is {COMPATIBLE_KAMAL}, minimum required is {text}"),
            "this dhow behaves like that version of Kamal",
        );
    }
}

/// Part of a version in the way of `RubyGems`: a number, or letters, which mark a pre-release.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Number(u64),
    Letters(String),
}

fn segments(text: &str) -> Option<Vec<Segment>> {
    let text = text.trim();
    let starts_with_digit = text.starts_with(|first: char| first.is_ascii_digit());
    let parts = text.split(['.', '-']);
    let well_formed = parts
        .clone()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if !starts_with_digit || !well_formed {
        return None;
    }
    let mut segments = Vec::new();
    for part in parts {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let is_number = first.is_ascii_digit();
            let end = rest
                .find(|character: char| character.is_ascii_digit() != is_number)
                .unwrap_or(rest.len());
            let (segment, after) = rest.split_at(end);
            segments.push(if is_number {
                Segment::Number(segment.parse().ok()?)
            } else {
                Segment::Letters(segment.to_owned())
            });
            rest = after;
        }
    }
    Some(segments)
}

/// Missing parts count as 0, and letters sort before any number.
fn compare(one: &[Segment], other: &[Segment]) -> Ordering {
    const ZERO: Segment = Segment::Number(0);
    for position in 0..one.len().max(other.len()) {
        let pair = (
            one.get(position).unwrap_or(&ZERO),
            other.get(position).unwrap_or(&ZERO),
        );
        let order = match pair {
            (Segment::Number(one), Segment::Number(other)) => one.cmp(other),
            (Segment::Letters(one), Segment::Letters(other)) => one.cmp(other),
            (Segment::Letters(_), Segment::Number(_)) => Ordering::Less,
            (Segment::Number(_), Segment::Letters(_)) => Ordering::Greater,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(one: &str, other: &str) -> Ordering {
        compare(&segments(one).unwrap(), &segments(other).unwrap())
    }

    #[test]
    fn versions_sort_as_rubygems_sorts_them() {
        assert_eq!(order("2.9.0", "2.12.0"), Ordering::Less);
        assert_eq!(order("2.12", "2.12.0"), Ordering::Equal);
        assert_eq!(order("2.12.0.rc1", "2.12.0"), Ordering::Less);
        assert_eq!(order("2.12.1.pre", "2.12.0"), Ordering::Greater);
        assert_eq!(order("3", "2.12.0"), Ordering::Greater);
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "x", "1..2", ">= 2", "2.x y"] {
            assert_eq!(segments(text), None, "{text}");
        }
    }
}
