//! Operators between values.

use std::ops::Range;

use super::{elements, format, number, text};
use crate::{
    evaluate::Evaluated,
    mistake::Mistake,
    order::{compare, equal, is_case},
    range::Interval,
    value::Value,
};

/// An operator between two values; those for signs have one only.
pub(crate) fn binary(
    operator: &str,
    left: &Value,
    right: &Value,
    range: &Range<usize>,
) -> Evaluated {
    let result = match operator {
        "==" => Some(Value::Boolean(equal(left, right))),
        "!=" => Some(Value::Boolean(!equal(left, right))),
        "===" => Some(Value::Boolean(is_case(left, right))),
        "<=>" => Some(match compare(left, right) {
            Some(order) => Value::Integer(order as i64),
            None => Value::Nil,
        }),
        "=~" | "!~" => matched(operator, left, right),
        ".." | "..." => Interval::new(left.clone(), right.clone(), operator == "...")
            .map(|interval| Value::Range(interval.into())),
        "<" | "<=" | ">" | ">=" => order(operator, left, right),
        "+@" => Some(left.clone()),
        _ => return arithmetic(operator, left, right, range),
    };
    result.ok_or_else(|| no_operator(operator, left, right, range))
}

fn arithmetic(operator: &str, left: &Value, right: &Value, range: &Range<usize>) -> Evaluated {
    let result = match (operator, left, right) {
        ("-@", Value::Integer(number), _) => number.checked_neg().map(Value::Integer),
        ("-@", Value::Float(number), _) => Some(Value::Float(-number)),
        ("-@", Value::Text(_), _) => Some(left.clone()),
        (_, Value::Integer(_) | Value::Float(_), Value::Integer(_) | Value::Float(_)) => {
            return number::arithmetic(operator, left, right, range);
        }
        ("+" | "<<", Value::Text(left), Value::Text(right)) => {
            Some(Value::text(format!("{left}{right}")))
        }
        ("*", Value::Text(text), Value::Integer(times)) => {
            return text::repeat(text, *times, range);
        }
        ("%", Value::Text(text), values) => return format::of_one(text, values, range),
        _ => elements::operator(operator, left, right, range)?,
    };
    result.ok_or_else(|| no_operator(operator, left, right, range))
}

fn order(operator: &str, left: &Value, right: &Value) -> Option<Value> {
    let comparable = |value: &Value| {
        matches!(
            value,
            Value::Integer(_) | Value::Float(_) | Value::Text(_) | Value::Symbol(_)
        )
    };
    let order = compare(left, right).filter(|_| comparable(left) && comparable(right))?;
    Some(Value::Boolean(match operator {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }))
}

/// `text =~ /pattern/` gives the place of the first match.
fn matched(operator: &str, left: &Value, right: &Value) -> Option<Value> {
    let found = match (left, right) {
        (Value::Nil, Value::Pattern(_)) | (Value::Pattern(_), Value::Nil) => None,
        (Value::Text(text) | Value::Symbol(text), Value::Pattern(pattern))
        | (Value::Pattern(pattern), Value::Text(text) | Value::Symbol(text)) => {
            let at = pattern.position(text);
            at.map(|at| text::count(text[..at].chars()))
        }
        _ => return None,
    };
    Some(match operator {
        "!~" => Value::Boolean(found.is_none()),
        _ => found.map_or(Value::Nil, Value::Integer),
    })
}

fn no_operator(operator: &str, left: &Value, right: &Value, range: &Range<usize>) -> Mistake {
    let (left, right) = (left.noun(), right.noun());
    let mistake = Mistake::wrong(
        range,
        format!("`{operator}` does not work between {left} and {right}"),
    );
    match operator {
        "+" => mistake.help("write an interpolation: `\"#{one}#{other}\"`"),
        "&" | "|" | "^" | "<<" | ">>" | "~" => mistake.help("work it out before dhow starts"),
        _ => mistake.help("put `.to_i` or `.to_s` behind one of them"),
    }
}
