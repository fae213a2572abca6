//! Sets of characters, for `tr`, `delete` and their like.

use std::ops::Range;

use crate::{
    evaluate::Evaluated,
    methods::Arguments,
    mistake::{Mistake, MistakeKind},
    value::Value,
};

/// Parts of a set of characters: each character of a text is held against all of them.
const MOST_PARTS: usize = 100;

/// A set of characters as `tr` and `delete` write it: `a-z`, `^a-z`.
pub(super) struct Set {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Set {
    pub(super) fn parse(written: &str, range: &Range<usize>) -> Result<Self, Mistake> {
        let negated = written.len() > 1 && written.starts_with('^');
        let mut rest = written[usize::from(negated)..].chars().peekable();
        let mut ranges = Vec::new();
        while let Some(mut first) = rest.next() {
            if first == '\\' {
                first = rest.next().unwrap_or('\\');
            }
            let mut ahead = rest.clone();
            let last = match (ahead.next(), ahead.next()) {
                (Some('-'), Some(last)) => {
                    rest = ahead;
                    last
                }
                _ => first,
            };
            if last < first {
                return Err(Mistake::wrong(
                    range,
                    "invalid range in this set of characters",
                ));
            }
            ranges.push((first, last));
            if ranges.len() > MOST_PARTS {
                let message = "this set of characters has too many parts";
                return Err(Mistake::new(MistakeKind::Limit, range, message));
            }
        }
        Ok(Self { negated, ranges })
    }

    pub(super) fn holds(&self, character: char) -> bool {
        let listed = self
            .ranges
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&character));
        listed != self.negated
    }

    /// The position of a character that is listed.
    fn position(&self, character: char) -> usize {
        let mut before = 0;
        for (first, last) in &self.ranges {
            if (*first..=*last).contains(&character) {
                return before + (character as usize - *first as usize);
            }
            before += *last as usize - *first as usize + 1;
        }
        before
    }

    /// The character at a position, or the last one.
    fn at(&self, position: usize) -> Option<char> {
        let mut before = 0;
        for (first, last) in &self.ranges {
            let length = *last as usize - *first as usize + 1;
            if position < before + length {
                return u32::try_from(*first as usize + position - before)
                    .ok()
                    .and_then(char::from_u32);
            }
            before += length;
        }
        self.ranges.last().map(|(_, last)| *last)
    }
}

/// `tr`, and `tr_s`, which writes a run of translated characters once.
pub(super) fn translated(text: &str, arguments: &Arguments<'_>) -> Evaluated {
    let from = Set::parse(&arguments.text(0)?, &arguments.range(0))?;
    let to = Set::parse(&arguments.text(1)?, &arguments.range(1))?;
    let squeezes = arguments.call.name == "tr_s";
    let mut out = String::new();
    let mut last = None;
    for character in text.chars() {
        if !from.holds(character) {
            out.push(character);
            last = None;
            continue;
        }
        let position = if from.negated {
            usize::MAX
        } else {
            from.position(character)
        };
        let new = to.at(position);
        if !squeezes || last != new {
            out.extend(new);
        }
        last = new;
    }
    Ok(Value::text(out))
}

/// `delete` and `squeeze`.
pub(super) fn thinned(text: &str, arguments: &Arguments<'_>) -> Evaluated {
    let squeezes = arguments.call.name == "squeeze";
    let set = match arguments.get(0) {
        Some(_) => Some(Set::parse(&arguments.text(0)?, &arguments.range(0))?),
        None if squeezes => None,
        None => return arguments.value(0).cloned(),
    };
    let is_listed = |one: char| set.as_ref().is_none_or(|set| set.holds(one));
    let mut before = None;
    let kept = text.chars().filter(|one| {
        let repeats = before.replace(*one) == Some(*one);
        !is_listed(*one) || (squeezes && !repeats)
    });
    Ok(Value::text(kept.collect::<String>()))
}
