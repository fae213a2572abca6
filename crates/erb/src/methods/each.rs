//! What lists do with a block.

use std::cmp::Ordering;

use super::{
    Arguments, binary,
    elements::{Growth, element, to_map},
    text::count,
};
use crate::{
    ast::{Block, Call, Expression, Node},
    evaluate::{Evaluated, Evaluator, elements},
    mistake::Mistake,
    order::{compare, sorted},
    value::Value,
};

/// The methods that take a block for each element, in the name that stands for all of their kind.
const KINDS: [(&str, &str); 34] = [
    ("each", "each"),
    ("each_pair", "each"),
    ("each_entry", "each"),
    ("reverse_each", "each"),
    ("each_with_index", "each"),
    ("each_index", "each"),
    ("each_slice", "each"),
    ("each_cons", "each"),
    ("map", "map"),
    ("collect", "map"),
    ("flat_map", "flat_map"),
    ("filter_map", "filter_map"),
    ("select", "select"),
    ("filter", "select"),
    ("reject", "reject"),
    ("find", "find"),
    ("detect", "find"),
    ("find_index", "index"),
    ("index", "index"),
    ("any?", "any?"),
    ("all?", "all?"),
    ("none?", "none?"),
    ("one?", "one?"),
    ("count", "count"),
    ("sort_by", "sort_by"),
    ("min_by", "min_by"),
    ("max_by", "max_by"),
    ("group_by", "group_by"),
    ("partition", "partition"),
    ("take_while", "take_while"),
    ("drop_while", "drop_while"),
    ("sum", "sum"),
    ("uniq", "uniq"),
    ("to_h", "to_h"),
];

impl Evaluator<'_> {
    /// A method with a block, for the elements of `own`; none when there is no such method.
    pub(super) fn each_method(
        &mut self,
        own: &Value,
        items: Vec<Value>,
        block: &Block,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        match arguments.call.name.as_str() {
            "inject" | "reduce" => return self.reduced(items, block, arguments).map(Some),
            "each_with_object" => {
                let memo = arguments.value(0)?;
                if memo.holders() > 1 {
                    let message = "this value stands elsewhere too, and would change there as well";
                    return Err(Mistake::not_understood(&arguments.range(0), message)
                        .help("write a new one here: `[]` or `{}`"));
                }
                let mut memo = memo.separate();
                for item in items {
                    let range = &arguments.call.name_range;
                    memo = self.block_with_memo(block, item, memo, range)?;
                    if self.leaving.is_some() {
                        break;
                    }
                }
                return Ok(Some(memo));
            }
            "fetch" => {
                let at = arguments.value(0)?.clone();
                let found = match &at {
                    Value::Integer(at) => element(&items, *at),
                    _ => None,
                };
                return match found {
                    Some(found) => Ok(Some(found)),
                    None => self
                        .block(block, vec![at], &arguments.call.name_range)
                        .map(Some),
                };
            }
            "sort" => return self.sorted_by_block(items, block, arguments).map(Some),
            _ => {}
        }
        let name = arguments.call.name.as_str();
        let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == name) else {
            return Ok(None);
        };
        let offset = (name == "each_with_index").then_some(0);
        let items = match name {
            "reverse_each" => items.into_iter().rev().collect(),
            "each_slice" | "each_cons" => groups(&items, arguments)?,
            "each_index" => (0..count(items.iter())).map(Value::Integer).collect(),
            _ => items,
        };
        self.each_of(own, items, block, kind, offset, arguments)
            .map(Some)
    }

    /// Runs a block for each element, with its number from `offset` on when it is wanted.
    fn each_of(
        &mut self,
        own: &Value,
        items: Vec<Value>,
        block: &Block,
        kind: &str,
        offset: Option<i64>,
        arguments: &Arguments<'_>,
    ) -> Evaluated {
        let range = &arguments.call.name_range;
        let mut results = Vec::new();
        for (position, item) in items.into_iter().enumerate() {
            let mut given = vec![item.clone()];
            let position = i64::try_from(position).unwrap_or(i64::MAX);
            given.extend(offset.map(|offset| Value::Integer(offset.saturating_add(position))));
            let result = self.block(block, given, range)?;
            if self.leaving.is_some() {
                return Ok(Value::Nil);
            }
            self.spend(range, result.cost())?;
            match (kind, result.is_true()) {
                ("find", true) => return Ok(item),
                ("index", true) => return Ok(Value::Integer(position)),
                ("any?", true) => return Ok(Value::Boolean(true)),
                ("all?", false) | ("none?", true) => return Ok(Value::Boolean(false)),
                _ => results.push((result, item)),
            }
        }
        gathered(own, results, kind, arguments)
    }

    /// `list.map.with_index(1) { |item, number| … }`; none for other calls.
    pub(crate) fn indexed(
        &mut self,
        written: &Expression,
        call: &Call,
    ) -> Result<Option<Value>, Mistake> {
        let (Node::Call(inner, inner_call), Some(block)) = (&written.node, &call.block) else {
            return Ok(None);
        };
        let kind = KINDS.iter().find(|(known, _)| *known == inner_call.name);
        let is_plain = inner_call.block.is_none() && inner_call.arguments.is_empty();
        let Some((_, kind)) = kind.filter(|_| call.name == "with_index" && is_plain) else {
            return Ok(None);
        };
        let own = self.value(inner)?;
        let items = elements(&own, &inner.range)?;
        let offset = match self.all(&call.arguments)?.first() {
            Some(Value::Integer(offset)) => *offset,
            _ => 0,
        };
        let arguments = Arguments::new(call, Vec::new());
        self.each_of(&own, items, block, kind, Some(offset), &arguments)
            .map(Some)
    }

    /// `inject { |sum, item| … }`, with or without a first value.
    fn reduced(
        &mut self,
        items: Vec<Value>,
        block: &Block,
        arguments: &Arguments<'_>,
    ) -> Evaluated {
        let range = &arguments.call.name_range;
        let mut items = items.into_iter();
        let first = arguments.get(0).cloned().or_else(|| items.next());
        let mut sum = first.unwrap_or(Value::Nil);
        for item in items {
            sum = self.block(block, vec![sum, item], range)?;
            self.spend(range, sum.cost())?;
            if self.leaving.is_some() {
                break;
            }
        }
        Ok(sum)
    }

    /// `sort { |one, other| … }`.
    fn sorted_by_block(
        &mut self,
        items: Vec<Value>,
        block: &Block,
        arguments: &Arguments<'_>,
    ) -> Evaluated {
        let range = &arguments.call.name_range;
        let mut before = |one: &Value, other: &Value| {
            let answer = self.block(block, vec![one.clone(), other.clone()], range)?;
            compare(&answer, &Value::Integer(0)).ok_or_else(|| {
                Mistake::wrong(
                    range,
                    "the block of `sort` gives a number, as `one <=> other` does",
                )
            })
        };
        sorted(items, &mut before).map(Value::list)
    }
}

/// `each_slice(2)`: groups of two; `each_cons(2)`: neighbours.
pub(super) fn groups(items: &[Value], arguments: &Arguments<'_>) -> Result<Vec<Value>, Mistake> {
    let size = arguments.count(0)?;
    if size == 0 {
        return Err(Mistake::wrong(&arguments.range(0), "invalid size"));
    }
    let list = |group: &[Value]| Value::list(group.to_vec());
    let neighbours = items.len().saturating_sub(size).saturating_mul(size);
    super::text::check_length(neighbours, &arguments.call.name_range)?;
    Ok(if arguments.call.name == "each_slice" {
        items.chunks(size).map(list).collect()
    } else {
        items.windows(size).map(list).collect()
    })
}

/// What a method with a block makes of the block's results, each with its element.
fn gathered(
    own: &Value,
    results: Vec<(Value, Value)>,
    kind: &str,
    arguments: &Arguments<'_>,
) -> Evaluated {
    let range = &arguments.call.name_range;
    let is_true = |(result, _): &(Value, Value)| result.is_true();
    let kept = |wanted: bool| -> Vec<Value> {
        let fits = results.iter().filter(|pair| is_true(pair) == wanted);
        fits.map(|(_, item)| item.clone()).collect()
    };
    Ok(match kind {
        "each" => own.clone(),
        "select" => Value::list(kept(true)),
        "reject" => Value::list(kept(false)),
        "partition" => Value::list(vec![Value::list(kept(true)), Value::list(kept(false))]),
        "find" | "index" => Value::Nil,
        "any?" => Value::Boolean(false),
        "all?" | "none?" => Value::Boolean(true),
        "one?" => Value::Boolean(kept(true).len() == 1),
        "count" => Value::Integer(count(kept(true).iter())),
        "take_while" | "drop_while" => {
            let first = results.iter().position(|pair| !is_true(pair));
            let at = first.unwrap_or(results.len());
            let items = results.into_iter().map(|(_, item)| item);
            Value::list(match kind {
                "take_while" => items.take(at).collect(),
                _ => items.skip(at).collect(),
            })
        }
        "sort_by" | "min_by" | "max_by" => by_key(results, kind, arguments)?,
        "group_by" => grouped(results),
        "uniq" => {
            let mut seen = std::collections::HashSet::new();
            let first = results
                .into_iter()
                .filter(|(key, _)| seen.insert(key.inspect()));
            Value::list(first.map(|(_, item)| item).collect())
        }
        "sum" => {
            let start = arguments.get(0).cloned().unwrap_or(Value::Integer(0));
            let mut growth = Growth::default();
            let mut results = results.into_iter().map(|(result, _)| result);
            results.try_fold(start, |sum, one| {
                let sum = binary("+", &sum, &one, range)?;
                growth.add(&sum, range)?;
                Ok(sum)
            })?
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
        "filter_map" => {
            let results = results.into_iter().map(|(result, _)| result);
            Value::list(results.filter(Value::is_true).collect())
        }
        _ => Value::list(results.into_iter().map(|(result, _)| result).collect()),
    })
}

/// Sorted by the results, or the first of the smallest or largest.
fn by_key(results: Vec<(Value, Value)>, kind: &str, arguments: &Arguments<'_>) -> Evaluated {
    let range = &arguments.call.name_range;
    let wants_largest = kind == "max_by";
    let mut before = |(one, _): &(Value, Value), (other, _): &(Value, Value)| {
        let order = order_of(one, other, range)?;
        Ok(if wants_largest {
            order.reverse()
        } else {
            order
        })
    };
    let mut sorted = sorted(results, &mut before)?
        .into_iter()
        .map(|(_, item)| item);
    Ok(match (kind, arguments.get(0)) {
        ("sort_by", _) => Value::list(sorted.collect()),
        (_, None) => sorted.next().unwrap_or(Value::Nil),
        (_, Some(_)) => Value::list(sorted.take(arguments.count(0)?).collect()),
    })
}

pub(super) fn order_of(
    one: &Value,
    other: &Value,
    range: &std::ops::Range<usize>,
) -> Result<Ordering, Mistake> {
    compare(one, other).ok_or_else(|| {
        let (one, other) = (one.noun(), other.noun());
        Mistake::wrong(range, format!("comparison of {one} with {other} failed"))
    })
}

fn grouped(results: Vec<(Value, Value)>) -> Value {
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    let mut positions = std::collections::HashMap::new();
    for (key, item) in results {
        let position = *positions.entry(key.inspect()).or_insert(groups.len());
        match groups.get_mut(position) {
            Some((_, items)) => items.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    let group = |(key, items)| (key, Value::list(items));
    Value::map(groups.into_iter().map(group).collect())
}
