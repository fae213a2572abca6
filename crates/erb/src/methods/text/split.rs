//! `split`.

use super::replace::Found;
use crate::{
    evaluate::{Evaluated, Evaluator},
    methods::{Arguments, arguments::Wanted},
    value::Value,
};

/// The parts of a text. Without a separator they stand between white space; empty ones at the end are dropped
/// unless there is a limit.
pub(super) fn split(
    evaluator: &mut Evaluator<'_>,
    text: &str,
    arguments: &Arguments<'_>,
) -> Evaluated {
    let separator = match arguments.get(0) {
        None | Some(Value::Nil) => Wanted::Text(" ".into()),
        Some(_) => arguments.wanted(0)?,
    };
    let limit = if arguments.len() > 1 {
        arguments.integer(1)?
    } else {
        0
    };
    // So many cuts at most.
    let cuts = match usize::try_from(limit) {
        Ok(0) | Err(_) => usize::MAX,
        Ok(most) => most - 1,
    };
    let mut parts: Vec<String> = match separator {
        _ if text.is_empty() => Vec::new(),
        Wanted::Text(separator) => match &*separator {
            " " => at_blanks(text, cuts),
            "" => at_characters(text, cuts),
            separator if cuts == usize::MAX => text.split(separator).map(str::to_owned).collect(),
            separator => text
                .splitn(cuts + 1, separator)
                .map(str::to_owned)
                .collect(),
        },
        pattern @ Wanted::Pattern(_) => {
            let found = evaluator.places(text, &pattern, usize::MAX, &arguments.call.name_range)?;
            at_places(text, found, cuts)
        }
    };
    while limit == 0 && parts.last().is_some_and(String::is_empty) {
        parts.pop();
    }
    Ok(Value::list(parts.into_iter().map(Value::text).collect()))
}

fn at_characters(text: &str, cuts: usize) -> Vec<String> {
    let places = text.char_indices().skip(1).take(cuts).map(|(at, _)| at);
    let mut parts = Vec::new();
    let mut from = 0;
    for at in places {
        parts.push(text[from..at].to_owned());
        from = at;
    }
    parts.push(text[from..].to_owned());
    if cuts == usize::MAX {
        parts.push(String::new());
    }
    parts
}

fn at_blanks(text: &str, cuts: usize) -> Vec<String> {
    let is_blank = |one: char| one.is_ascii_whitespace() || matches!(one, '\u{b}' | '\0');
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_blank);
    while parts.len() < cuts {
        let Some(end) = rest.find(is_blank) else {
            break;
        };
        parts.push(rest[..end].to_owned());
        rest = rest[end..].trim_start_matches(is_blank);
    }
    let ends_blank = text.ends_with(is_blank) && cuts == usize::MAX;
    if !(rest.is_empty() && ends_blank) {
        parts.push(rest.to_owned());
    }
    parts
}

/// Groups of the expression are parts too; where it matches nothing each character is one.
fn at_places(text: &str, found: Vec<Found>, cuts: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut from, mut done) = (0, 0);
    for Found { range, groups } in found {
        let is_empty = range.is_empty() && (range.start == from || range.start == text.len());
        if done >= cuts || is_empty {
            continue;
        }
        parts.push(text[from..range.start].to_owned());
        parts.extend(groups.into_iter().skip(1).flatten());
        from = range.end;
        done += 1;
    }
    parts.push(text[from..].to_owned());
    parts
}
