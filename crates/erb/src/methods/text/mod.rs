//! Texts.

pub(crate) mod numbers;
mod parts;
mod replace;
mod sets;
mod split;

use std::{ops::Range, rc::Rc};

use super::{Arguments, arguments::Wanted, inflect};
use crate::{
    evaluate::{Evaluated, Evaluator},
    mistake::{Mistake, MistakeKind},
    range::successor,
    value::Value,
};

pub(super) const METHODS: [&str; 57] = [
    "strip",
    "lstrip",
    "rstrip",
    "chomp",
    "chop",
    "split",
    "lines",
    "each_line",
    "chars",
    "each_char",
    "upcase",
    "downcase",
    "capitalize",
    "swapcase",
    "reverse",
    "gsub",
    "sub",
    "scan",
    "tr",
    "tr_s",
    "delete",
    "squeeze",
    "count",
    "start_with?",
    "end_with?",
    "include?",
    "empty?",
    "match?",
    "casecmp",
    "casecmp?",
    "to_i",
    "to_f",
    "to_sym",
    "intern",
    "length",
    "size",
    "bytesize",
    "delete_prefix",
    "delete_suffix",
    "[]",
    "slice",
    "index",
    "rindex",
    "partition",
    "rpartition",
    "concat",
    "prepend",
    "center",
    "ljust",
    "rjust",
    "succ",
    "next",
    "hex",
    "oct",
    "ord",
    "parameterize",
    "underscore",
];

/// What makes another symbol of a symbol.
pub(super) const MAKES_SYMBOLS: [&str; 6] = [
    "upcase",
    "downcase",
    "capitalize",
    "swapcase",
    "succ",
    "next",
];

/// The longest text that one call may make.
const LONGEST: usize = 1024 * 1024;

impl Evaluator<'_> {
    /// A method of a text or symbol; none when there is no such method.
    pub(super) fn text_method(
        &mut self,
        text: &Rc<str>,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        let name = arguments.call.name.as_str();
        if matches!(name, "sub" | "gsub") {
            return self.replaced(text, arguments).map(Some);
        }
        if name == "scan" {
            return self.scanned(text, arguments).map(Some);
        }
        if name == "split" {
            return split::split(self, text, arguments).map(Some);
        }
        if let Some(items) = taken_apart(text, arguments)? {
            return self.given_to_block(items, arguments);
        }
        call(text, arguments)
    }
}

/// Methods that give lines or characters, to a block where there is one.
fn taken_apart(text: &str, arguments: &Arguments<'_>) -> Result<Option<Vec<Value>>, Mistake> {
    Ok(Some(match arguments.call.name.as_str() {
        "lines" | "each_line" => {
            let chomps = arguments.option("chomp");
            if arguments.len() > usize::from(chomps) {
                let message = "lines end with line ends only";
                return Err(Mistake::not_understood(&arguments.range(0), message));
            }
            let line = |line: &str| Value::text(if chomps { chomp(line) } else { line });
            text.split_inclusive('\n').map(line).collect()
        }
        "chars" | "each_char" => text
            .chars()
            .map(|one| Value::text(one.to_string()))
            .collect(),
        _ => return Ok(None),
    }))
}

fn call(text: &Rc<str>, arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
    let name = arguments.call.name.as_str();
    if let Some(question) = question(text, name, arguments)? {
        return Ok(Some(question));
    }
    if let Some(simple) = simple(text, name) {
        return Ok(Some(Value::text(simple)));
    }
    let range = &arguments.call.name_range;
    Ok(Some(match name {
        "chomp" if arguments.len() > 0 => Value::text(match &*arguments.text(0)? {
            "\n" => chomp(text),
            "" => text.trim_end_matches("\r\n").trim_end_matches('\n'),
            ending => text.strip_suffix(ending).unwrap_or(text),
        }),
        "chomp" => Value::text(chomp(text)),
        "delete_prefix" => {
            let prefix = arguments.text(0)?;
            Value::text(text.strip_prefix(&*prefix).unwrap_or(text))
        }
        "delete_suffix" => {
            let suffix = arguments.text(0)?;
            Value::text(text.strip_suffix(&*suffix).unwrap_or(text))
        }
        "tr" | "tr_s" => sets::translated(text, arguments)?,
        "delete" | "squeeze" => sets::thinned(text, arguments)?,
        "concat" | "prepend" => {
            let more: Result<Vec<_>, _> =
                (0..arguments.len()).map(|at| arguments.text(at)).collect();
            let more = more?.concat();
            Value::text(if name == "concat" {
                format!("{text}{more}")
            } else {
                format!("{more}{text}")
            })
        }
        "to_sym" | "intern" => Value::Symbol(Rc::clone(text)),
        "to_i" => {
            let base = if arguments.len() > 0 {
                arguments.integer(0)?
            } else {
                10
            };
            let base = u32::try_from(base)
                .ok()
                .filter(|base| (2..=36).contains(base));
            let base = base.ok_or_else(|| Mistake::wrong(&arguments.range(0), "invalid radix"))?;
            Value::Integer(numbers::leading_integer(text, base, range)?)
        }
        "hex" => Value::Integer(numbers::leading_integer(text, 16, range)?),
        "oct" => Value::Integer(numbers::leading_integer(text, 8, range)?),
        "to_f" => Value::Float(numbers::leading_float(text)),
        "[]" | "slice" => parts::part(text, arguments)?,
        "partition" | "rpartition" => parts::partition(text, arguments)?,
        "index" | "rindex" => parts::index(text, arguments)?,
        "center" | "ljust" | "rjust" => parts::padded(text, arguments)?,
        "succ" | "next" => Value::text(successor(text).ok_or_else(|| {
            Mistake::not_understood(range, "only plain letters and digits have a next one here")
        })?),
        "underscore" | "dasherize" | "camelize" | "titleize" | "parameterize" => {
            Value::text(inflect::inflected(text, name, range)?)
        }
        _ => return Ok(None),
    }))
}

/// Methods that answer with a truth or a number.
fn question(text: &str, name: &str, arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
    Ok(Some(match name {
        "start_with?" => Value::Boolean(replace::starts(text, arguments)?),
        "end_with?" => {
            let ends: Result<Vec<_>, _> =
                (0..arguments.len()).map(|at| arguments.text(at)).collect();
            arguments.value(0)?;
            Value::Boolean(ends?.iter().any(|end| text.ends_with(&**end)))
        }
        "include?" => Value::Boolean(text.contains(&*arguments.text(0)?)),
        "match?" => Value::Boolean(match arguments.wanted(0)? {
            Wanted::Text(part) => text.contains(&*part),
            Wanted::Pattern(pattern) => pattern.matches(text),
        }),
        "casecmp?" => Value::Boolean(text.to_lowercase() == arguments.text(0)?.to_lowercase()),
        "casecmp" => {
            let other = arguments.text(0)?.to_ascii_lowercase();
            Value::Integer(text.to_ascii_lowercase().cmp(&other) as i64)
        }
        "empty?" => Value::Boolean(text.is_empty()),
        "length" | "size" => Value::Integer(count(text.chars())),
        "bytesize" => Value::Integer(count(text.bytes())),
        "ord" => match text.chars().next() {
            Some(first) => Value::Integer(i64::from(u32::from(first))),
            None => return Err(Mistake::wrong(&arguments.call.name_range, "empty string")),
        },
        "count" => {
            let set = sets::Set::parse(&arguments.text(0)?, &arguments.range(0))?;
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
        "strip" => text.trim_matches(blank).to_owned(),
        "rstrip" => text.trim_end_matches(blank).to_owned(),
        "lstrip" => text.trim_start_matches(blank).to_owned(),
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

fn chomp(text: &str) -> &str {
    text.strip_suffix("\r\n")
        .or_else(|| text.strip_suffix(['\n', '\r']))
        .unwrap_or(text)
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
