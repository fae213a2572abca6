//! Elements of lists: taken out, put together, compared.

use std::{collections::HashSet, ops::Range};

use super::{Arguments, each::order_of, text::count};
use crate::{
    evaluate::Evaluated,
    mistake::Mistake,
    order::sorted,
    value::{List, Value},
};

/// `list[0]`, `list[1..]`, `list[0, 2]`, `list.fetch(0)` or `list.dig(0, "name")`.
pub(super) fn look_up(items: &[Value], arguments: &Arguments<'_>) -> Evaluated {
    let cut = |start: usize, count: usize| {
        Value::list(items[start..(start + count).min(items.len())].to_vec())
    };
    if let Value::Range(range) = arguments.value(0)? {
        return Ok(range
            .within(items.len())
            .map_or(Value::Nil, |(start, count)| cut(start, count)));
    }
    let at = arguments.integer(0)?;
    let name = arguments.call.name.as_str();
    if matches!(name, "[]" | "slice") && arguments.len() > 1 {
        let position = if at < 0 {
            at.saturating_add(count(items.iter()))
        } else {
            at
        };
        let start = usize::try_from(position)
            .ok()
            .filter(|start| *start <= items.len());
        let taken = arguments.count(1)?.min(items.len());
        return Ok(start.map_or(Value::Nil, |start| cut(start, taken)));
    }
    match (name, element(items, at)) {
        ("fetch", None) => match arguments.get(1) {
            Some(default) => Ok(default.clone()),
            None => Err(Mistake::wrong(
                &arguments.range(0),
                format!("index {at} outside of array bounds"),
            )
            .help("give a default: `.fetch(index, \"…\")`")),
        },
        ("dig", Some(found)) => dig(&found, arguments, 1),
        (_, found) => Ok(found.unwrap_or(Value::Nil)),
    }
}

/// The element at a place; a negative one counts from the end.
pub(super) fn element(items: &[Value], at: i64) -> Option<Value> {
    let position = if at < 0 {
        at.saturating_add(count(items.iter()))
    } else {
        at
    };
    let position = usize::try_from(position).ok()?;
    items.get(position).cloned()
}

/// Follows the rest of the arguments of `dig`.
pub(super) fn dig(value: &Value, arguments: &Arguments<'_>, from: usize) -> Evaluated {
    let mut value = value.clone();
    for position in from..arguments.len() {
        value = match (&value, arguments.value(position)?) {
            (Value::Map(map), key) => map
                .items
                .iter()
                .find(|(known, _)| known == key)
                .map_or(Value::Nil, |(_, value)| value.clone()),
            (Value::List(list), Value::Integer(at)) => {
                element(&list.items, *at).unwrap_or(Value::Nil)
            }
            (Value::Nil, _) => return Ok(Value::Nil),
            (other, _) => {
                let message = format!("`dig` does not work on {}", other.noun());
                return Err(Mistake::wrong(&arguments.range(position), message));
            }
        };
    }
    Ok(value)
}

pub(super) fn join(items: &[Value], arguments: &Arguments<'_>) -> Evaluated {
    let separator = match arguments.get(0) {
        None | Some(Value::Nil) => "".into(),
        Some(_) => arguments.text(0)?,
    };
    let mut flat = Vec::new();
    flatten(items, usize::MAX, &mut flat);
    joined(&flat, &separator, &arguments.call.name_range)
}

/// The elements as one text. One text may stand in a list many times, so that the whole is longer than its parts.
fn joined(items: &[Value], separator: &str, range: &Range<usize>) -> Evaluated {
    let mut whole = String::new();
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            whole.push_str(separator);
        }
        whole.push_str(&item.to_text());
        super::text::check_length(whole.len(), range)?;
    }
    Ok(Value::text(whole))
}

/// What the steps of a sum have cost: each makes its result anew, which may be a text or a list that grows.
#[derive(Default)]
pub(super) struct Growth(usize);

impl Growth {
    /// How many of a value's units make one of a text's bytes.
    const UNITS: usize = 16;

    /// Takes note of a step's result.
    pub(super) fn add(&mut self, value: &Value, range: &Range<usize>) -> Result<(), Mistake> {
        self.0 = self.0.saturating_add(value.cost());
        super::text::check_length(self.0 / Self::UNITS, range)
    }
}

pub(super) fn ends(items: &[Value], arguments: &Arguments<'_>) -> Evaluated {
    let name = arguments.call.name.as_str();
    if arguments.len() == 0 && matches!(name, "first" | "last") {
        let item = if name == "first" {
            items.first()
        } else {
            items.last()
        };
        return Ok(item.cloned().unwrap_or(Value::Nil));
    }
    let count = arguments.count(0)?.min(items.len());
    Ok(Value::list(match name {
        "last" => items[items.len() - count..].to_vec(),
        "drop" => items[count..].to_vec(),
        _ => items[..count].to_vec(),
    }))
}

pub(super) fn smallest(items: &[Value], arguments: &Arguments<'_>) -> Evaluated {
    let range = &arguments.call.name_range;
    let mut sorted = sorted(items.to_vec(), &mut |one, other| {
        order_of(one, other, range)
    })?;
    let name = arguments.call.name.as_str();
    if name == "minmax" {
        let end = |item: Option<&Value>| item.cloned().unwrap_or(Value::Nil);
        return Ok(Value::list(vec![end(sorted.first()), end(sorted.last())]));
    }
    if name == "max" {
        sorted.reverse();
    }
    Ok(match arguments.get(0) {
        Some(_) => Value::list(sorted.into_iter().take(arguments.count(0)?).collect()),
        None => sorted.into_iter().next().unwrap_or(Value::Nil),
    })
}

/// Ruby adds numbers with a fraction so that small parts are not lost.
pub(super) fn sum(items: &[Value], start: Value, range: &Range<usize>) -> Evaluated {
    let mut sum = start;
    let mut lost = 0.0;
    let mut growth = Growth::default();
    for item in items {
        let next = super::binary("+", &sum, item, range)?;
        growth.add(&next, range)?;
        if let (Value::Float(before), Value::Float(added), Value::Float(after)) =
            (&sum, item, &next)
        {
            lost += if before.abs() >= added.abs() {
                (before - after) + added
            } else {
                (added - after) + before
            };
        }
        sum = next;
    }
    Ok(match sum {
        Value::Float(sum) => Value::Float(sum + lost),
        other => other,
    })
}

pub(super) fn flatten(items: &[Value], depth: usize, into: &mut Vec<Value>) {
    for item in items {
        match item {
            Value::List(list) if depth > 0 => flatten(&list.items, depth - 1, into),
            other => into.push(other.clone()),
        }
    }
}

pub(super) fn unique(items: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    let mut items = items;
    items.retain(|item| seen.insert(item.inspect()));
    items
}

pub(super) fn transposed(items: &[Value], range: &Range<usize>) -> Result<Vec<Value>, Mistake> {
    let rows: Option<Vec<&List>> = items
        .iter()
        .map(|item| match item {
            Value::List(list) => Some(list),
            _ => None,
        })
        .collect();
    let rows = rows.unwrap_or_default();
    let width = rows.first().map_or(0, |row| row.items.len());
    if rows.len() != items.len() || rows.iter().any(|row| row.items.len() != width) {
        return Err(Mistake::wrong(
            range,
            "`transpose` wants lists of one length",
        ));
    }
    let column = |at: usize| Value::list(rows.iter().map(|row| row.items[at].clone()).collect());
    Ok((0..width).map(column).collect())
}

/// `zip` and `product`.
pub(super) fn combined(items: &[Value], other: &[Value], arguments: &Arguments<'_>) -> Evaluated {
    if arguments.len() > 1 {
        let message = format!("`{}` takes one list here", arguments.call.name);
        return Err(Mistake::not_understood(&arguments.range(1), message));
    }
    let pair = |one: &Value, other: Option<&Value>| {
        Value::list(vec![one.clone(), other.cloned().unwrap_or(Value::Nil)])
    };
    Ok(Value::list(if arguments.call.name == "zip" {
        items
            .iter()
            .enumerate()
            .map(|(at, item)| pair(item, other.get(at)))
            .collect()
    } else {
        items
            .iter()
            .flat_map(|item| other.iter().map(move |other| pair(item, Some(other))))
            .collect()
    }))
}

pub(super) fn to_map(items: &[Value], arguments: &Arguments<'_>) -> Evaluated {
    let pair = |item: &Value| match item {
        Value::List(list) => match list.items.as_slice() {
            [key, value] => Some((key.clone(), value.clone())),
            _ => None,
        },
        _ => None,
    };
    let pairs: Option<Vec<_>> = items.iter().map(pair).collect();
    pairs.map(Value::map).ok_or_else(|| {
        Mistake::wrong(
            &arguments.call.name_range,
            "`to_h` wants lists of key and value",
        )
    })
}

/// Operators of lists; none when there is no such operator.
pub(super) fn operator(
    operator: &str,
    left: &Value,
    right: &Value,
    range: &Range<usize>,
) -> Result<Option<Value>, Mistake> {
    let Value::List(left) = left else {
        return Ok(None);
    };
    let in_other =
        |other: &List| -> HashSet<String> { other.items.iter().map(Value::inspect).collect() };
    Ok(Some(Value::list(match (operator, right) {
        ("+", Value::List(right)) => [left.items.clone(), right.items.clone()].concat(),
        ("|", Value::List(right)) => unique([left.items.clone(), right.items.clone()].concat()),
        ("-" | "&", Value::List(right)) => {
            let others = in_other(right);
            let keeps = operator == "&";
            let mut items = left.items.clone();
            items.retain(|item| others.contains(&item.inspect()) == keeps);
            if keeps { unique(items) } else { items }
        }
        ("<<", item) => left.items.iter().chain([item]).cloned().collect(),
        ("*", Value::Integer(times)) => {
            let times = usize::try_from(*times)
                .map_err(|_| Mistake::wrong(range, "argument must be non-negative"))?;
            let length = times.saturating_mul(left.items.len());
            super::text::repeat("x", i64::try_from(length).unwrap_or(i64::MAX), range)?;
            std::iter::repeat_n(&left.items, times)
                .flatten()
                .cloned()
                .collect()
        }
        ("*", Value::Text(separator)) => {
            return joined(&left.items, separator, range).map(Some);
        }
        _ => return Ok(None),
    })))
}
