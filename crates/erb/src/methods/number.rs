//! Numbers.

use std::ops::Range;

use super::Arguments;
use crate::{
    evaluate::{Evaluated, Evaluator},
    mistake::{Mistake, MistakeKind},
    value::Value,
};

pub(super) const METHODS: [&str; 25] = [
    "to_i",
    "to_f",
    "zero?",
    "positive?",
    "negative?",
    "nonzero?",
    "integer?",
    "even?",
    "odd?",
    "times",
    "upto",
    "downto",
    "step",
    "abs",
    "round",
    "floor",
    "ceil",
    "truncate",
    "divmod",
    "fdiv",
    "pow",
    "succ",
    "next",
    "pred",
    "to_s",
];

/// The most numbers that one call counts through.
const MOST_COUNTED: i64 = 1_000_000;

impl Evaluator<'_> {
    pub(super) fn number_method(
        &mut self,
        receiver: &Value,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        match arguments.call.name.as_str() {
            "times" | "upto" | "downto" | "step" => self.counted(receiver, arguments),
            "round" | "floor" | "ceil" | "truncate" => rounded(receiver, arguments).map(Some),
            name => simple(receiver, name, arguments),
        }
    }

    /// `3.times`, `1.upto(3)`, `3.downto(1)`, `1.step(7, 3)`: with a block, or as a list.
    fn counted(
        &mut self,
        receiver: &Value,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        let Value::Integer(start) = *receiver else {
            return Ok(None);
        };
        let range = &arguments.call.name_range;
        let (first, last, by) = match arguments.call.name.as_str() {
            "times" => (0, start.saturating_sub(1), 1),
            "upto" => (start, arguments.integer(0)?, 1),
            "downto" => (start, arguments.integer(0)?, -1),
            _ => {
                let by = if arguments.len() > 1 {
                    arguments.integer(1)?
                } else {
                    1
                };
                (start, arguments.integer(0)?, by)
            }
        };
        if by == 0 {
            return Err(Mistake::wrong(&arguments.range(1), "step can't be 0"));
        }
        let is_inside = |number: i64| {
            if by > 0 {
                number <= last
            } else {
                number >= last
            }
        };
        let Some(block) = &arguments.call.block else {
            let most = usize::try_from(MOST_COUNTED / 100).unwrap_or(usize::MAX);
            let numbers = std::iter::successors(Some(first), |number| number.checked_add(by));
            let numbers: Vec<Value> = numbers
                .take_while(|number| is_inside(*number))
                .take(most + 1)
                .map(Value::Integer)
                .collect();
            if numbers.len() > most {
                let message = format!("more than {most} numbers");
                return Err(Mistake::new(MistakeKind::Limit, range, message));
            }
            return Ok(Some(Value::list(numbers)));
        };
        let mut number = first;
        while is_inside(number) {
            self.block(block, vec![Value::Integer(number)], range)?;
            let Some(next) = number.checked_add(by).filter(|_| self.leaving.is_none()) else {
                break;
            };
            number = next;
        }
        Ok(Some(receiver.clone()))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "as Ruby converts numbers"
)]
fn simple(
    receiver: &Value,
    name: &str,
    arguments: &Arguments<'_>,
) -> Result<Option<Value>, Mistake> {
    let (whole, float) = match receiver {
        Value::Integer(number) => (*number, *number as f64),
        Value::Float(number) => (*number as i64, *number),
        _ => return Ok(None),
    };
    let is_integer = matches!(receiver, Value::Integer(_));
    let range = &arguments.call.name_range;
    Ok(Some(match name {
        "to_i" | "to_int" => Value::Integer(whole),
        "to_f" => Value::Float(float),
        "zero?" => Value::Boolean(float == 0.0),
        "positive?" => Value::Boolean(float > 0.0),
        "negative?" => Value::Boolean(float < 0.0),
        "nonzero?" if float == 0.0 => Value::Nil,
        "nonzero?" => receiver.clone(),
        "integer?" => Value::Boolean(is_integer),
        "even?" if is_integer => Value::Boolean(whole % 2 == 0),
        "odd?" if is_integer => Value::Boolean(whole % 2 != 0),
        "abs" if is_integer => Value::Integer(whole.saturating_abs()),
        "abs" => Value::Float(float.abs()),
        "succ" | "next" if is_integer => arithmetic("+", receiver, &Value::Integer(1), range)?,
        "pred" if is_integer => arithmetic("-", receiver, &Value::Integer(1), range)?,
        "pow" | "fdiv" | "divmod" => {
            let other = arguments.value(0)?;
            match (name, other) {
                ("fdiv", Value::Integer(other)) => Value::Float(float / *other as f64),
                ("pow", Value::Integer(_)) => arithmetic("**", receiver, other, range)?,
                ("divmod", Value::Integer(_)) if is_integer => {
                    let quotient = arithmetic("/", receiver, other, range)?;
                    let rest = arithmetic("%", receiver, other, range)?;
                    Value::list(vec![quotient, rest])
                }
                _ => return Ok(None),
            }
        }
        "to_s" if is_integer => {
            let base = arguments.integer(0)?;
            let base = u32::try_from(base)
                .ok()
                .filter(|base| (2..=36).contains(base));
            let base = base.ok_or_else(|| Mistake::wrong(&arguments.range(0), "invalid radix"))?;
            Value::text(digits(whole, base))
        }
        _ => return Ok(None),
    }))
}

fn digits(number: i64, base: u32) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(rest % u64::from(base)).unwrap_or(0);
        digits.extend(char::from_digit(digit, base));
        rest /= u64::from(base);
        if rest == 0 {
            break;
        }
    }
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", digits.iter().rev().collect::<String>())
}

/// `2.5.round`, `3.14159.round(2)`: halves go away from zero.
#[expect(clippy::cast_possible_truncation, reason = "as Ruby converts numbers")]
fn rounded(receiver: &Value, arguments: &Arguments<'_>) -> Evaluated {
    let name = arguments.call.name.as_str();
    let places = if arguments.len() > 0 {
        arguments.integer(0)?
    } else {
        0
    };
    let most = if name == "round" { 14 } else { 0 };
    let number = match receiver {
        Value::Float(number) if (0..=most).contains(&places) => *number,
        Value::Integer(_) if places >= 0 => return Ok(receiver.clone()),
        _ => {
            let message = format!("`{name}` does not take so many digits here");
            return Err(Mistake::not_understood(&arguments.range(0), message)
                .help("write `format(\"%.2f\", number)`"));
        }
    };
    if number.abs() >= 1e18 || number.is_nan() {
        return Err(too_large(&arguments.call.name_range));
    }
    if places > 0 {
        let scale = 10_f64.powi(i32::try_from(places).unwrap_or(0));
        return Ok(Value::Float(
            half_up(number.abs(), scale).copysign(number) / scale,
        ));
    }
    Ok(Value::Integer(match name {
        "floor" => number.floor(),
        "ceil" => number.ceil(),
        "truncate" => number.trunc(),
        _ => number.round(),
    } as i64))
}

/// A number that was written as a half counts as one, though it may be stored as a little less.
fn half_up(number: f64, scale: f64) -> f64 {
    let rounded = (number * scale).round();
    if (rounded + 0.5) / scale <= number {
        rounded + 1.0
    } else {
        rounded
    }
}

#[expect(clippy::cast_precision_loss, reason = "as Ruby converts numbers")]
pub(super) fn arithmetic(
    operator: &str,
    left: &Value,
    right: &Value,
    range: &Range<usize>,
) -> Evaluated {
    if let (Value::Integer(left), Value::Integer(right)) = (left, right) {
        return whole(operator, *left, *right, range);
    }
    let number = |value: &Value| match value {
        Value::Integer(number) => *number as f64,
        Value::Float(number) => *number,
        _ => f64::NAN,
    };
    let (left, right) = (number(left), number(right));
    Ok(match operator {
        "+" => Value::Float(left + right),
        "-" => Value::Float(left - right),
        "*" => Value::Float(left * right),
        "/" => Value::Float(left / right),
        "%" => Value::Float(left - right * (left / right).floor()),
        "**" => Value::Float(left.powf(right)),
        _ => {
            return Err(Mistake::not_understood(
                range,
                format!("`{operator}` is not supported between such numbers"),
            ));
        }
    })
}

fn whole(operator: &str, left: i64, right: i64, range: &Range<usize>) -> Evaluated {
    if matches!(operator, "/" | "%") && right == 0 {
        return Err(Mistake::wrong(range, "divided by 0"));
    }
    let result = match operator {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "/" => left.checked_div_euclid(right).map(|quotient| {
            // Ruby rounds down, Euclid towards a positive rest.
            if right < 0 && left.rem_euclid(right) != 0 {
                quotient - 1
            } else {
                quotient
            }
        }),
        "%" => left.checked_rem_euclid(right).map(|rest| {
            if right < 0 && rest != 0 {
                rest + right
            } else {
                rest
            }
        }),
        "**" => {
            let exponent = u32::try_from(right).map_err(|_| {
                Mistake::not_understood(range, "a negative exponent is not supported")
                    .help("write a number with a fraction: `2.0 ** -1`")
            })?;
            left.checked_pow(exponent)
        }
        _ => {
            let message = format!("`{operator}` is not supported between such numbers");
            return Err(Mistake::not_understood(range, message));
        }
    };
    result.map(Value::Integer).ok_or_else(|| too_large(range))
}

fn too_large(range: &Range<usize>) -> Mistake {
    Mistake::new(MistakeKind::Limit, range, "the number is too large")
}
