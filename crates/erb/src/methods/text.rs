//! Texts.

use std::{ops::Range, rc::Rc};

use super::Arguments;
use crate::{
    evaluate::Evaluated,
    mistake::{Mistake, MistakeKind},
    value::Value,
};

pub(super) const METHODS: [&str; 37] = [
    "strip",
    "lstrip",
    "rstrip",
    "chomp",
    "chop",
    "split",
    "lines",
    "chars",
    "upcase",
    "downcase",
    "capitalize",
    "swapcase",
    "reverse",
    "gsub",
    "sub",
    "tr",
    "delete",
    "squeeze",
    "start_with?",
    "end_with?",
    "include?",
    "empty?",
    "to_i",
    "to_f",
    "to_sym",
    "length",
    "size",
    "delete_prefix",
    "delete_suffix",
    "[]",
    "first",
    "last",
    "squish",
    "eql?",
    "count",
    "parameterize",
    "concat",
];

/// The longest text that one call may make.
const LONGEST: usize = 1024 * 1024;
/// Parts of a set of characters: each character of a text is held against all of them.
const MOST_PARTS: usize = 100;

/// A method of a text; none when there is no such method.
pub(super) fn call(text: &Rc<str>, arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
    let name = arguments.call.name.as_str();
    if let Some(question) = question(text, name, arguments)? {
        return Ok(Some(question));
    }
    if let Some(simple) = simple(text, name) {
        return Ok(Some(Value::text(simple)));
    }
    let list = |items: Vec<&str>| Value::list(items.into_iter().map(Value::text).collect());
    Ok(Some(match name {
        "chomp" if arguments.len() > 0 => {
            let ending = arguments.text(0)?;
            Value::text(text.strip_suffix(&*ending).unwrap_or(text))
        }
        "chomp" => Value::text(chomp(text)),
        "delete_prefix" => {
            let prefix = arguments.text(0)?;
            Value::text(text.strip_prefix(&*prefix).unwrap_or(text))
        }
        "delete_suffix" => {
            let suffix = arguments.text(0)?;
            Value::text(text.strip_suffix(&*suffix).unwrap_or(text))
        }
        "split" => list(split(text, arguments)?),
        "lines" => list(text.split_inclusive('\n').collect()),
        "chars" => Value::list(
            text.chars()
                .map(|one| Value::text(one.to_string()))
                .collect(),
        ),
        "sub" | "gsub" => replace(text, name == "gsub", arguments)?,
        "tr" => Value::text(translate(
            text,
            &arguments.text(0)?,
            &arguments.text(1)?,
            arguments,
        )?),
        "delete" => {
            let set = Set::parse(&arguments.text(0)?, &arguments.range(0))?;
            Value::text(
                text.chars()
                    .filter(|one| !set.holds(*one))
                    .collect::<String>(),
            )
        }
        "concat" => Value::text(format!("{text}{}", arguments.text(0)?)),
        "to_sym" => Value::Symbol(Rc::clone(text)),
        "to_i" => Value::Integer(leading_integer(text)),
        "to_f" => Value::Float(leading_float(text)),
        "[]" => part(text, arguments)?,
        "first" | "last" => {
            let count = if arguments.len() > 0 {
                arguments.count(0)?
            } else {
                1
            };
            let skipped = text.chars().count().saturating_sub(count);
            Value::text(match name {
                "first" => text.chars().take(count).collect::<String>(),
                _ => text.chars().skip(skipped).collect(),
            })
        }
        _ => return Ok(None),
    }))
}

/// Methods that answer with a truth or a count.
fn question(text: &str, name: &str, arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
    let any = |fits: &dyn Fn(&str) -> bool| -> Result<Value, Mistake> {
        Ok(Value::Boolean(
            arguments.texts()?.iter().any(|one| fits(one)),
        ))
    };
    Ok(Some(match name {
        "start_with?" => any(&|start| text.starts_with(start))?,
        "end_with?" => any(&|end| text.ends_with(end))?,
        "include?" => Value::Boolean(text.contains(&*arguments.text(0)?)),
        "eql?" => {
            Value::Boolean(matches!(arguments.value(0)?, Value::Text(other) if **other == *text))
        }
        "empty?" => Value::Boolean(text.is_empty()),
        "length" | "size" => Value::Integer(count(text.chars())),
        "count" => {
            let set = Set::parse(&arguments.text(0)?, &arguments.range(0))?;
            Value::Integer(count(text.chars().filter(|one| set.holds(*one))))
        }
        _ => return Ok(None),
    }))
}

pub(super) fn count(items: impl Iterator) -> i64 {
    i64::try_from(items.count()).unwrap_or(i64::MAX)
}

/// Methods without arguments that make another text.
fn simple(text: &str, name: &str) -> Option<String> {
    let blank = |c: char| c.is_ascii_whitespace() || matches!(c, '\u{b}' | '\0');
    Some(match name {
        // Ruby keeps zero bytes at the beginning and takes them off the end.
        "strip" => text
            .trim_end_matches(blank)
            .trim_start_matches(|c| blank(c) && c != '\0')
            .to_owned(),
        "rstrip" => text.trim_end_matches(blank).to_owned(),
        "lstrip" => text
            .trim_start_matches(|c| blank(c) && c != '\0')
            .to_owned(),
        "chop" => {
            let mut characters = text.strip_suffix("\r\n").unwrap_or(text).chars();
            if !text.ends_with("\r\n") {
                characters.next_back();
            }
            characters.collect()
        }
        "upcase" => text.to_uppercase(),
        "downcase" => text.to_lowercase(),
        "capitalize" => {
            let mut characters = text.chars();
            let first = characters.next().into_iter().flat_map(char::to_uppercase);
            first
                .chain(characters.as_str().to_lowercase().chars())
                .collect()
        }
        "swapcase" => text.chars().flat_map(swapped).collect(),
        "reverse" => text.chars().rev().collect(),
        "squish" => text.split_whitespace().collect::<Vec<_>>().join(" "),
        "squeeze" => {
            let mut before = None;
            text.chars()
                .filter(|one| before.replace(*one) != Some(*one))
                .collect()
        }
        "parameterize" => parameterize(text)?,
        _ => return None,
    })
}

fn swapped(character: char) -> Vec<char> {
    if character.is_lowercase() {
        character.to_uppercase().collect()
    } else {
        character.to_lowercase().collect()
    }
}

/// Only for plain letters: for others it depends on tables of `ActiveSupport`.
fn parameterize(text: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let spaced: String = text
        .chars()
        .map(|c| if fits(c) { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let words: Vec<&str> = spaced.split('-').filter(|word| !word.is_empty()).collect();
    text.is_ascii().then(|| words.join("-"))
}

fn chomp(text: &str) -> &str {
    text.strip_suffix("\r\n")
        .or_else(|| text.strip_suffix(['\n', '\r']))
        .unwrap_or(text)
}

/// Without a separator at white space; empty parts at the end are dropped unless there is a limit.
fn split<'text>(text: &'text str, arguments: &Arguments<'_>) -> Result<Vec<&'text str>, Mistake> {
    let separator = if arguments.len() > 0 {
        arguments.text(0)?
    } else {
        " ".into()
    };
    let limit = if arguments.len() > 1 {
        arguments.integer(1)?
    } else {
        0
    };
    let most = usize::try_from(limit).unwrap_or(0);
    let mut parts: Vec<&str> = match &*separator {
        _ if text.is_empty() => Vec::new(),
        " " if most == 0 => text.split_ascii_whitespace().collect(),
        " " => {
            let message = "`split` at white space has no limit here";
            return Err(Mistake::not_understood(&arguments.range(1), message));
        }
        "" => text
            .char_indices()
            .map(|(at, one)| &text[at..at + one.len_utf8()])
            .collect(),
        separator if most > 0 => text.splitn(most, separator).collect(),
        separator => text.split(separator).collect(),
    };
    while limit == 0 && parts.last().is_some_and(|last| last.is_empty()) {
        parts.pop();
    }
    Ok(parts)
}

fn replace(text: &str, everywhere: bool, arguments: &Arguments<'_>) -> Result<Value, Mistake> {
    let (from, to) = (arguments.text(0)?, arguments.text(1)?);
    let found = if everywhere {
        text.matches(&*from).count()
    } else {
        1
    };
    check_length(
        text.len().saturating_add(found.saturating_mul(to.len())),
        &arguments.range(1),
    )?;
    Ok(Value::text(if everywhere {
        text.replace(&*from, &to)
    } else {
        text.replacen(&*from, &to, 1)
    }))
}

pub(super) fn check_length(length: usize, range: &Range<usize>) -> Result<(), Mistake> {
    if length > LONGEST {
        return Err(Mistake::new(
            MistakeKind::Limit,
            range,
            "this makes too long a text",
        ));
    }
    Ok(())
}

pub(super) fn repeat(text: &str, times: i64, range: &Range<usize>) -> Evaluated {
    let times = usize::try_from(times)
        .map_err(|_| Mistake::wrong(range, "argument must be non-negative"))?;
    check_length(text.len().saturating_mul(times), range)?;
    Ok(Value::text(text.repeat(times)))
}

/// A set of characters as `tr` and `delete` write it: `a-z`, `^a-z`.
struct Set {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Set {
    fn parse(written: &str, range: &Range<usize>) -> Result<Self, Mistake> {
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

    fn holds(&self, character: char) -> bool {
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

fn translate(
    text: &str,
    from: &str,
    to: &str,
    arguments: &Arguments<'_>,
) -> Result<String, Mistake> {
    let from = Set::parse(from, &arguments.range(0))?;
    let to = Set::parse(to, &arguments.range(1))?;
    let translated = |character: char| {
        if !from.holds(character) {
            return Some(character);
        }
        let position = if from.negated {
            usize::MAX
        } else {
            from.position(character)
        };
        to.at(position)
    };
    Ok(text.chars().filter_map(translated).collect())
}

fn leading_integer(text: &str) -> i64 {
    let text = text.trim_start();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let length = digits
        .find(|c: char| !c.is_ascii_digit() && c != '_')
        .unwrap_or(digits.len());
    let number: i64 = digits[..length].replace('_', "").parse().unwrap_or(0);
    if text.starts_with('-') {
        -number
    } else {
        number
    }
}

fn leading_float(text: &str) -> f64 {
    let text = text.trim_start();
    let digits = |from: usize| {
        let rest = &text[from..];
        from + rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len())
    };
    let whole = digits(usize::from(text.starts_with(['-', '+'])));
    let behind_point = whole + usize::from(text[whole..].starts_with('.'));
    let fraction = digits(behind_point);
    let end = if fraction > behind_point {
        fraction
    } else {
        whole
    };
    text[..end].parse().unwrap_or(0.0)
}

/// `text[2]`, `text[0, 7]` or `text["part"]`.
fn part(text: &str, arguments: &Arguments<'_>) -> Evaluated {
    if let Value::Text(part) = arguments.value(0)? {
        return Ok(if text.contains(&**part) {
            Value::text(Rc::clone(part))
        } else {
            Value::Nil
        });
    }
    let length = count(text.chars());
    if let Value::List(list) = arguments.value(0)? {
        // `text[0..6]` came here as the numbers of the range.
        let (first, last) = (list.items.first(), list.items.last());
        return Ok(match (first, last) {
            (Some(Value::Integer(first)), Some(Value::Integer(last)))
                if (0..=length).contains(first) =>
            {
                slice(text, *first, last - first + 1)
            }
            (None, _) => {
                let message = "this range of characters is not supported";
                return Err(Mistake::not_understood(&arguments.range(0), message)
                    .help("write start and length: `text[0, 7]`"));
            }
            _ => Value::Nil,
        });
    }
    let at = arguments.integer(0)?;
    let start = if at < 0 {
        at.saturating_add(length)
    } else {
        at
    };
    let wanted = if arguments.len() > 1 {
        arguments.integer(1)?
    } else {
        1
    };
    let beyond = if arguments.len() > 1 {
        start > length
    } else {
        start >= length
    };
    if start < 0 || beyond || wanted < 0 {
        return Ok(Value::Nil);
    }
    Ok(slice(text, start, wanted))
}

fn slice(text: &str, start: i64, wanted: i64) -> Value {
    let number = |number: i64| usize::try_from(number).unwrap_or(0);
    Value::text(
        text.chars()
            .skip(number(start))
            .take(number(wanted))
            .collect::<String>(),
    )
}
