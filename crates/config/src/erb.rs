//! ERB tags, which this version finds and refuses (config §1.2).

use std::ops::Range;

use crate::{
    findings::{Finding, KeyPath},
    source::{Layer, Span},
};

/// Reports every `<%`: an error where it would change a value, a warning in a comment, which Kamal runs too.
/// `scalars` are the places of all values and keys, or none when the text could not be parsed.
pub(crate) fn check(text: &str, layer: Layer, scalars: Option<&[Range<usize>]>) -> Vec<Finding> {
    text.match_indices("<%")
        .map(|(start, _)| {
            let end = text[start..]
                .find("%>")
                .map_or(start + 2, |length| start + length + 2);
            let span = Span::new(layer, start..end);
            if is_in_comment(text, start, scalars) {
                Finding::warning(
                    &KeyPath::root(),
                    span,
                    "Kamal runs an ERB tag even in a comment; dhow leaves it alone",
                )
                .help("delete it, so that both do the same")
            } else {
                Finding::error(
                    &KeyPath::root(),
                    span,
                    "ERB is not supported yet by this version of dhow",
                )
                .help("write the value itself; what differs between destinations can stand in `deploy.DESTINATION.yml`")
            }
        })
        .collect()
}

fn is_in_comment(text: &str, at: usize, scalars: Option<&[Range<usize>]>) -> bool {
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let before = &text[line_start..at];
    match scalars {
        None => before.trim_start().starts_with('#'),
        Some(scalars) => before.contains('#') && !scalars.iter().any(|scalar| scalar.contains(&at)),
    }
}
