//! How values compare, Ruby's `<=>` and `===`.

use std::cmp::Ordering;

use crate::{mistake::Mistake, value::Value};

/// Which of two values comes first; none when they cannot be compared.
#[expect(clippy::cast_precision_loss, reason = "as Ruby compares numbers")]
pub(crate) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => Some(left.cmp(right)),
        (Value::Float(left), Value::Float(right)) => left.partial_cmp(right),
        (Value::Integer(left), Value::Float(right)) => (*left as f64).partial_cmp(right),
        (Value::Float(left), Value::Integer(right)) => left.partial_cmp(&(*right as f64)),
        (Value::Text(left), Value::Text(right)) | (Value::Symbol(left), Value::Symbol(right)) => {
            Some(left.cmp(right))
        }
        (Value::List(left), Value::List(right)) => {
            for (one, other) in left.items.iter().zip(&right.items) {
                match compare(one, other)? {
                    Ordering::Equal => {}
                    unequal => return Some(unequal),
                }
            }
            Some(left.items.len().cmp(&right.items.len()))
        }
        (left, right) => (left == right).then_some(Ordering::Equal),
    }
}

/// Whether a value is what a `when` asks for.
pub(crate) fn is_case(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Range(range), value) => range.covers(value),
        (Value::Pattern(pattern), Value::Text(text) | Value::Symbol(text)) => pattern.matches(text),
        (Value::Class(class), value) => class.holds(value),
        (wanted, value) => equal(wanted, value),
    }
}

/// Whether two values are equal; `1` and `1.0` are.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Integer(_), Value::Float(_)) | (Value::Float(_), Value::Integer(_)) => {
            compare(left, right) == Some(Ordering::Equal)
        }
        (Value::List(left), Value::List(right)) => {
            left.items.len() == right.items.len()
                && left
                    .items
                    .iter()
                    .zip(&right.items)
                    .all(|(left, right)| equal(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.items.len() == right.items.len()
                && left.items.iter().all(|(key, value)| {
                    let other = right.items.iter().find(|(known, _)| known == key);
                    other.is_some_and(|(_, other)| equal(value, other))
                })
        }
        (left, right) => left == right,
    }
}

/// Sorts, and keeps the order of what is equal. The order may come from a template, so it may make no sense
/// and may fail.
pub(crate) fn sorted<T>(
    mut items: Vec<T>,
    before: &mut dyn FnMut(&T, &T) -> Result<Ordering, Mistake>,
) -> Result<Vec<T>, Mistake> {
    if items.len() < 2 {
        return Ok(items);
    }
    let right = items.split_off(items.len() / 2);
    let mut left = sorted(items, before)?.into_iter().peekable();
    let mut right = sorted(right, before)?.into_iter().peekable();
    let mut merged = Vec::new();
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let takes_right = before(one, other)? == Ordering::Greater;
        merged.extend(if takes_right {
            right.next()
        } else {
            left.next()
        });
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}
