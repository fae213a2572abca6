//! `format("%02d", number)` and `text % values`.

use std::ops::Range;

use super::text::numbers::{strict_float, strict_integer};
use crate::{
    evaluate::{Evaluated, elements},
    mistake::{Mistake, MistakeKind},
    value::Value,
};

/// The widest field.
const WIDEST: usize = 1000;

/// One place in a template, such as `%-5.2f`.
#[derive(Debug, Default)]
struct Field {
    /// `-`, `0`, `+` and blanks.
    flags: String,
    width: usize,
    precision: Option<usize>,
}

/// The values that are written, in order or by their names.
struct Values<'a> {
    listed: &'a [Value],
    next: usize,
}

/// `format(template, value, …)`.
pub(crate) fn formatted(values: &[Value], range: &Range<usize>) -> Evaluated {
    match values.split_first() {
        Some((Value::Text(template), values)) => written(template, values, range),
        _ => Err(Mistake::wrong(range, "`format` wants a text first")),
    }
}

/// `Integer(value)` and its like.
pub(crate) fn converted(name: &str, values: &[Value], range: &Range<usize>) -> Evaluated {
    let [value] = values else {
        return Err(Mistake::wrong(range, format!("`{name}` wants an argument")));
    };
    match name {
        "String" if matches!(value, Value::Map(_)) => Err(no_text_of_map(range)),
        "String" => Ok(Value::text(value.to_text())),
        "Array" => elements(value, range).map(Value::list),
        "Integer" => integer(value, range).map(Value::Integer),
        _ => float(value, range).map(Value::Float),
    }
}

/// A map where a text is wanted.
pub(super) fn no_text_of_map(range: &Range<usize>) -> Mistake {
    let message = "a map has no text of its own here; Ruby versions write it differently";
    Mistake::not_understood(range, message).help("write `.to_json`: JSON is YAML too")
}

/// `text % value` or `text % [value, …]`.
pub(super) fn of_one(template: &str, values: &Value, range: &Range<usize>) -> Evaluated {
    match values {
        Value::List(list) => written(template, &list.items, range),
        other => written(template, std::slice::from_ref(other), range),
    }
}

fn written(template: &str, values: &[Value], range: &Range<usize>) -> Evaluated {
    let mut values = Values {
        listed: values,
        next: 0,
    };
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = field(&rest[at + 1..], &mut values, &mut out, range)?;
        if out.len() > template.len() + 1024 * 1024 {
            return Err(Mistake::new(
                MistakeKind::Limit,
                range,
                "this makes too long a text",
            ));
        }
    }
    out.push_str(rest);
    Ok(Value::text(out))
}

/// Writes the field whose description begins here; gives what is behind it.
fn field<'a>(
    description: &'a str,
    values: &mut Values<'_>,
    out: &mut String,
    range: &Range<usize>,
) -> Result<&'a str, Mistake> {
    let mut field = Field::default();
    let mut named = None;
    let mut rest = description.chars();
    loop {
        let before = rest.as_str();
        let Some(character) = rest.next() else {
            return Err(Mistake::wrong(
                range,
                "incomplete format specifier; use %% (double %) instead",
            ));
        };
        match character {
            '%' if before.len() == description.len() => {
                out.push('%');
                return Ok(rest.as_str());
            }
            '-' | '0' | '+' | ' ' => field.flags.push(character),
            '1'..='9' => {
                let (number, behind) = number(before);
                field.width = number.min(WIDEST);
                rest = behind.chars();
            }
            '.' => {
                let (number, behind) = number(rest.as_str());
                field.precision = Some(number.min(WIDEST));
                rest = behind.chars();
            }
            '<' | '{' => {
                let close = if character == '<' { '>' } else { '}' };
                let Some((name, behind)) = rest.as_str().split_once(close) else {
                    return Err(Mistake::wrong(
                        range,
                        "malformed name - unmatched parenthesis",
                    ));
                };
                let value = values.named(name, range)?;
                rest = behind.chars();
                if character == '{' {
                    out.push_str(&field.padded(&value.to_text()));
                    return Ok(rest.as_str());
                }
                named = Some(value);
            }
            kind => {
                let value = match named {
                    Some(value) => value,
                    None => values.next(range)?,
                };
                out.push_str(&field.write(kind, &value, range)?);
                return Ok(rest.as_str());
            }
        }
    }
}

/// The number at the beginning of a text, and what is behind it.
fn number(text: &str) -> (usize, &str) {
    let end = text
        .find(|one: char| !one.is_ascii_digit())
        .unwrap_or(text.len());
    (text[..end].parse().unwrap_or(WIDEST), &text[end..])
}

impl Values<'_> {
    fn next(&mut self, range: &Range<usize>) -> Evaluated {
        let value = self.listed.get(self.next).cloned();
        self.next += 1;
        value.ok_or_else(|| Mistake::wrong(range, "too few arguments"))
    }

    fn named(&self, name: &str, range: &Range<usize>) -> Evaluated {
        let found = match self.listed {
            [Value::Map(map)] => map
                .items
                .iter()
                .find(|(key, _)| *key == Value::Symbol(name.into())),
            _ => None,
        };
        found.map(|(_, value)| value.clone()).ok_or_else(|| {
            Mistake::wrong(
                range,
                format!("there is no value `{name}:` for this format"),
            )
        })
    }
}

impl Field {
    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn write(&self, kind: char, value: &Value, range: &Range<usize>) -> Result<String, Mistake> {
        let cut = |text: &str| match self.precision {
            Some(most) => text.chars().take(most).collect(),
            None => text.to_owned(),
        };
        Ok(match kind {
            's' if matches!(value, Value::Map(_)) => return Err(no_text_of_map(range)),
            's' => self.padded(&cut(&value.to_text())),
            'p' => self.padded(&cut(&value.inspect())),
            'c' => self.padded(&value.to_text().chars().take(1).collect::<String>()),
            'd' | 'i' | 'u' => {
                let number = integer(value, range)?;
                self.signed(
                    number < 0,
                    &number.unsigned_abs().to_string(),
                    self.precision,
                )
            }
            'x' | 'X' | 'o' | 'b' => {
                let number = u64::try_from(integer(value, range)?).map_err(|_| {
                    Mistake::not_understood(range, "a negative number has only decimal digits here")
                })?;
                let digits = match kind {
                    'x' => format!("{number:x}"),
                    'X' => format!("{number:X}"),
                    'o' => format!("{number:o}"),
                    _ => format!("{number:b}"),
                };
                self.signed(false, &digits, self.precision)
            }
            'f' => {
                let number = float(value, range)?;
                let precision = self.precision.unwrap_or(6);
                self.signed(
                    number.is_sign_negative(),
                    &format!("{:.precision$}", number.abs()),
                    None,
                )
            }
            other => {
                let message = format!("`%{other}` is not supported in formats");
                return Err(Mistake::not_understood(range, message)
                    .help("known are %s, %d, %f, %x, %o, %b, %p, %c, %%, %<name>d and %{name}"));
            }
        })
    }

    /// A number with its sign; zeros stand between the two.
    fn signed(&self, is_negative: bool, digits: &str, least: Option<usize>) -> String {
        let sign = match () {
            () if is_negative => "-",
            () if self.has('+') => "+",
            () if self.has(' ') => " ",
            () => "",
        };
        let missing = |wanted: usize, length: usize| "0".repeat(wanted.saturating_sub(length));
        let digits = format!("{}{digits}", missing(least.unwrap_or(0), digits.len()));
        let fills = self.has('0') && !self.has('-') && least.is_none();
        let zeros = if fills {
            missing(self.width, digits.len() + sign.len())
        } else {
            String::new()
        };
        self.padded(&format!("{sign}{zeros}{digits}"))
    }

    fn padded(&self, text: &str) -> String {
        let spaces = " ".repeat(self.width.saturating_sub(text.chars().count()));
        if self.has('-') {
            format!("{text}{spaces}")
        } else {
            format!("{spaces}{text}")
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "as Ruby converts numbers")]
fn integer(value: &Value, range: &Range<usize>) -> Result<i64, Mistake> {
    match value {
        Value::Integer(number) => Ok(*number),
        Value::Float(number) if number.is_finite() => Ok(number.trunc() as i64),
        Value::Text(text) => strict_integer(text).ok_or_else(|| {
            Mistake::wrong(range, "invalid value for Integer()").help("`.to_i` takes any text")
        }),
        other => {
            let message = format!("can't convert {} into Integer", other.noun());
            Err(Mistake::wrong(range, message).help("give a default before it: `(value || 0)`"))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "as Ruby converts numbers")]
fn float(value: &Value, range: &Range<usize>) -> Result<f64, Mistake> {
    match value {
        Value::Integer(number) => Ok(*number as f64),
        Value::Float(number) => Ok(*number),
        Value::Text(text) => strict_float(text).ok_or_else(|| {
            Mistake::wrong(range, "invalid value for Float()").help("`.to_f` takes any text")
        }),
        other => {
            let message = format!("can't convert {} into Float", other.noun());
            Err(Mistake::wrong(range, message))
        }
    }
}
