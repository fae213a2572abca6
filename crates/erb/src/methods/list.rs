//! Lists.

use std::collections::HashSet;

use super::{Arguments, text::count};
use crate::{
    ast::Block,
    evaluate::{Evaluated, Evaluator},
    mistake::Mistake,
    value::{List, Value},
};

pub(super) const METHODS: [&str; 37] = [
    "join",
    "first",
    "last",
    "map",
    "collect",
    "flat_map",
    "each",
    "each_with_index",
    "select",
    "filter",
    "reject",
    "find",
    "detect",
    "any?",
    "all?",
    "none?",
    "include?",
    "empty?",
    "size",
    "length",
    "count",
    "compact",
    "uniq",
    "sort",
    "sort_by",
    "reverse",
    "flatten",
    "[]",
    "dig",
    "fetch",
    "take",
    "drop",
    "to_a",
    "sum",
    "min",
    "max",
    "to_h",
];

/// The methods that take a block.
const WITH_BLOCK: [&str; 17] = [
    "each",
    "each_with_index",
    "map",
    "collect",
    "flat_map",
    "select",
    "filter",
    "reject",
    "find",
    "detect",
    "any?",
    "all?",
    "none?",
    "count",
    "sort_by",
    "sum",
    "to_h",
];

impl Evaluator<'_> {
    pub(super) fn list_method(
        &mut self,
        list: &List,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        let items = &list.items;
        if let Some(block) = &arguments.call.block {
            return self.each_method(list, block, arguments);
        }
        Ok(Some(match arguments.call.name.as_str() {
            "join" => join(items, arguments)?,
            "first" | "last" | "take" | "drop" => ends(items, arguments)?,
            "include?" => Value::Boolean(items.contains(arguments.value(0)?)),
            "empty?" => Value::Boolean(items.is_empty()),
            "any?" => Value::Boolean(items.iter().any(Value::is_true)),
            "all?" => Value::Boolean(items.iter().all(Value::is_true)),
            "none?" => Value::Boolean(!items.iter().any(Value::is_true)),
            "size" | "length" | "count" if arguments.len() == 0 => {
                Value::Integer(count(items.iter()))
            }
            "compact" => Value::list(
                items
                    .iter()
                    .filter(|item| **item != Value::Nil)
                    .cloned()
                    .collect(),
            ),
            "uniq" => {
                let mut seen = HashSet::new();
                Value::list(
                    items
                        .iter()
                        .filter(|item| seen.insert(item.inspect()))
                        .cloned()
                        .collect(),
                )
            }
            "sort" => Value::list(sorted(
                items
                    .iter()
                    .map(|item| (item.clone(), item.clone()))
                    .collect(),
                arguments,
            )?),
            "min" => sorted_items(items, arguments)?
                .first()
                .cloned()
                .unwrap_or(Value::Nil),
            "max" => sorted_items(items, arguments)?
                .last()
                .cloned()
                .unwrap_or(Value::Nil),
            "reverse" => Value::list(items.iter().rev().cloned().collect()),
            "flatten" => {
                let mut flat = Vec::new();
                flatten(items, &mut flat);
                Value::list(flat)
            }
            "sum" => {
                let range = &arguments.call.name_range;
                let add = |sum: Value, item: &Value| super::binary("+", &sum, item, range);
                items.iter().try_fold(Value::Integer(0), add)?
            }
            "to_h" => to_map(items, arguments)?,
            "[]" | "fetch" | "dig" => Self::element(items, arguments)?,
            "to_a" => Value::List(list.clone()),
            _ => return Ok(None),
        }))
    }

    /// The methods with a block.
    fn each_method(
        &mut self,
        list: &List,
        block: &Block,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        let range = &arguments.call.name_range;
        let name = arguments.call.name.as_str();
        if !WITH_BLOCK.contains(&name) {
            return Ok(None);
        }
        let mut results = Vec::new();
        for (position, item) in list.items.iter().enumerate() {
            let mut given = vec![item.clone()];
            if name == "each_with_index" {
                given.push(Value::Integer(i64::try_from(position).unwrap_or(i64::MAX)));
            }
            let result = self.block(block, given, range)?;
            let found = matches!(name, "find" | "detect") && result.is_true();
            self.spend(range, result.cost())?;
            results.push((result, item.clone()));
            if found {
                return Ok(Some(item.clone()));
            }
        }
        gathered(list, results, arguments).map(Some)
    }

    /// `list[0]`, `list.fetch(0)` or `list.dig(0, "name")`.
    fn element(items: &[Value], arguments: &Arguments<'_>) -> Evaluated {
        let at = arguments.integer(0)?;
        let length = count(items.iter());
        let position = if at < 0 {
            at.saturating_add(length)
        } else {
            at
        };
        let name = arguments.call.name.as_str();
        if name == "[]" && arguments.len() > 1 {
            let start = usize::try_from(position)
                .ok()
                .filter(|start| *start <= items.len());
            let taken = arguments.count(1)?;
            return Ok(start.map_or(Value::Nil, |start| {
                Value::list(items.iter().skip(start).take(taken).cloned().collect())
            }));
        }
        let found = usize::try_from(position)
            .ok()
            .and_then(|position| items.get(position));
        match (name, found) {
            ("fetch", None) => match arguments.get(1) {
                Some(default) => Ok(default.clone()),
                None => Err(Mistake::wrong(
                    &arguments.range(0),
                    format!("index {at} outside of array bounds"),
                )),
            },
            ("dig", Some(found)) => dig(found, arguments, 1),
            (_, found) => Ok(found.cloned().unwrap_or(Value::Nil)),
        }
    }
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
                let found = usize::try_from(*at).ok().and_then(|at| list.items.get(at));
                found.cloned().unwrap_or(Value::Nil)
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

fn join(items: &[Value], arguments: &Arguments<'_>) -> Evaluated {
    let separator = if arguments.len() > 0 {
        arguments.text(0)?
    } else {
        "".into()
    };
    let mut flat = Vec::new();
    flatten(items, &mut flat);
    let length = flat.len().saturating_mul(separator.len());
    super::text::check_length(length, &arguments.call.name_range)?;
    let texts: Vec<_> = flat.iter().map(Value::to_text).collect();
    Ok(Value::text(texts.join(&*separator)))
}

fn ends(items: &[Value], arguments: &Arguments<'_>) -> Evaluated {
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

fn flatten(items: &[Value], into: &mut Vec<Value>) {
    for item in items {
        match item {
            Value::List(list) => flatten(&list.items, into),
            other => into.push(other.clone()),
        }
    }
}

/// The second of each pair, in the order of the first.
fn sorted(
    mut pairs: Vec<(Value, Value)>,
    arguments: &Arguments<'_>,
) -> Result<Vec<Value>, Mistake> {
    let all_texts = pairs
        .iter()
        .all(|(key, _)| matches!(key, Value::Text(_) | Value::Symbol(_)));
    let all_numbers = pairs
        .iter()
        .all(|(key, _)| matches!(key, Value::Integer(_)));
    if !all_texts && !all_numbers {
        let name = &arguments.call.name;
        let message =
            format!("`{name}` compares only texts with texts and whole numbers with whole numbers");
        return Err(Mistake::wrong(&arguments.call.name_range, message));
    }
    pairs.sort_by(|(left, _), (right, _)| match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
        _ => left.to_text().cmp(&right.to_text()),
    });
    Ok(pairs.into_iter().map(|(_, item)| item).collect())
}

fn sorted_items(items: &[Value], arguments: &Arguments<'_>) -> Result<Vec<Value>, Mistake> {
    sorted(
        items
            .iter()
            .map(|item| (item.clone(), item.clone()))
            .collect(),
        arguments,
    )
}

fn to_map(items: &[Value], arguments: &Arguments<'_>) -> Evaluated {
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

/// The elements of `left` that `right` does not hold.
pub(super) fn without(left: &List, right: &List) -> Value {
    let gone: HashSet<String> = right.items.iter().map(Value::inspect).collect();
    Value::list(
        left.items
            .iter()
            .filter(|item| !gone.contains(&item.inspect()))
            .cloned()
            .collect(),
    )
}

/// What a method with a block makes of the block's results, each with its element.
fn gathered(list: &List, results: Vec<(Value, Value)>, arguments: &Arguments<'_>) -> Evaluated {
    let range = &arguments.call.name_range;
    let name = arguments.call.name.as_str();
    let is_true = |(result, _): &(Value, Value)| result.is_true();
    let kept = |wanted: bool| {
        let fits = results.iter().filter(|pair| is_true(pair) == wanted);
        Value::list(fits.map(|(_, item)| item.clone()).collect())
    };
    Ok(match name {
        "each" | "each_with_index" => Value::List(list.clone()),
        "select" | "filter" => kept(true),
        "reject" => kept(false),
        "find" | "detect" => Value::Nil,
        "any?" => Value::Boolean(results.iter().any(is_true)),
        "all?" => Value::Boolean(results.iter().all(is_true)),
        "none?" => Value::Boolean(!results.iter().any(is_true)),
        "count" => Value::Integer(count(results.iter().filter(|pair| is_true(pair)))),
        "sort_by" => Value::list(sorted(results, arguments)?),
        "sum" => {
            let add =
                |sum: Value, (result, _): &(Value, Value)| super::binary("+", &sum, result, range);
            results.iter().try_fold(Value::Integer(0), add)?
        }
        "to_h" => {
            let pairs: Vec<Value> = results.into_iter().map(|(result, _)| result).collect();
            to_map(&pairs, arguments)?
        }
        "flat_map" => {
            let parts = results.into_iter().flat_map(|(result, _)| match result {
                Value::List(list) => list.items.clone(),
                other => vec![other],
            });
            Value::list(parts.collect())
        }
        _ => Value::list(results.into_iter().map(|(result, _)| result).collect()),
    })
}
