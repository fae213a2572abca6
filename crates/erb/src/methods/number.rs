//! Numbers.

use std::ops::Range;

use super::Arguments;
use crate::{
    evaluate::{Evaluated, Evaluator},
    mistake::{Mistake, MistakeKind},
    value::Value,
};

pub(super) const METHODS: [&str; 9] = [
    "to_i",
    "to_f",
    "zero?",
    "positive?",
    "negative?",
    "even?",
    "odd?",
    "times",
    "abs",
];

/// The most elements a range of numbers may have.
const LONGEST_RANGE: i64 = 10_000;

impl Evaluator<'_> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "as Ruby converts numbers"
    )]
    pub(super) fn number_method(
        &mut self,
        receiver: &Value,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        let (whole, float) = match receiver {
            Value::Integer(number) => (*number, *number as f64),
            Value::Float(number) => (*number as i64, *number),
            _ => return Ok(None),
        };
        Ok(Some(match arguments.call.name.as_str() {
            "to_i" => Value::Integer(whole),
            "to_f" => Value::Float(float),
            "zero?" => Value::Boolean(float == 0.0),
            "positive?" => Value::Boolean(float > 0.0),
            "negative?" => Value::Boolean(float < 0.0),
            "even?" => Value::Boolean(whole % 2 == 0),
            "odd?" => Value::Boolean(whole % 2 != 0),
            "abs" if matches!(receiver, Value::Integer(_)) => {
                Value::Integer(whole.saturating_abs())
            }
            "times" => {
                let range = &arguments.call.name_range;
                let Some(block) = &arguments.call.block else {
                    return Err(Mistake::wrong(range, "`times` wants a block"));
                };
                for number in 0..whole {
                    self.block(block, vec![Value::Integer(number)], range)?;
                }
                receiver.clone()
            }
            _ => return Ok(None),
        }))
    }
}

/// Whether two values are equal; `1` and `1.0` are.
#[expect(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "as Ruby compares numbers"
)]
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Integer(whole), Value::Float(float))
        | (Value::Float(float), Value::Integer(whole)) => *whole as f64 == *float,
        _ => left == right,
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
        "<" => Value::Boolean(left < right),
        "<=" => Value::Boolean(left <= right),
        ">" => Value::Boolean(left > right),
        ">=" => Value::Boolean(left >= right),
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
        "<" => return Ok(Value::Boolean(left < right)),
        "<=" => return Ok(Value::Boolean(left <= right)),
        ">" => return Ok(Value::Boolean(left > right)),
        ">=" => return Ok(Value::Boolean(left >= right)),
        ".." => return numbers(left, right.saturating_add(1), range),
        _ => return numbers(left, right, range),
    };
    result.map(Value::Integer).ok_or_else(|| too_large(range))
}

fn numbers(first: i64, end: i64, range: &Range<usize>) -> Evaluated {
    if end.saturating_sub(first) > LONGEST_RANGE {
        let message = format!("a range of more than {LONGEST_RANGE} numbers");
        return Err(Mistake::new(MistakeKind::Limit, range, message));
    }
    Ok(Value::list((first..end).map(Value::Integer).collect()))
}

fn too_large(range: &Range<usize>) -> Mistake {
    Mistake::new(MistakeKind::Limit, range, "the number is too large")
}
