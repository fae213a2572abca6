//! Lists.

use super::{
    Arguments,
    each::{groups, order_of},
    elements::{
        Growth, combined, element, ends, flatten, join, look_up, smallest, sum, to_map, transposed,
        unique,
    },
};
use crate::{
    evaluate::{Evaluator, elements},
    mistake::Mistake,
    order::{equal, is_case, sorted},
    value::{List, Value},
};

pub(super) const METHODS: [&str; 70] = [
    "join",
    "first",
    "last",
    "map",
    "collect",
    "flat_map",
    "filter_map",
    "each",
    "each_with_index",
    "each_with_object",
    "each_slice",
    "each_cons",
    "reverse_each",
    "select",
    "filter",
    "reject",
    "find",
    "detect",
    "find_index",
    "index",
    "partition",
    "group_by",
    "any?",
    "all?",
    "none?",
    "one?",
    "include?",
    "member?",
    "exclude?",
    "empty?",
    "size",
    "length",
    "count",
    "compact",
    "compact_blank",
    "uniq",
    "sort",
    "sort_by",
    "min",
    "max",
    "min_by",
    "max_by",
    "minmax",
    "reverse",
    "rotate",
    "flatten",
    "[]",
    "slice",
    "at",
    "dig",
    "fetch",
    "values_at",
    "take",
    "drop",
    "take_while",
    "drop_while",
    "to_a",
    "entries",
    "sum",
    "inject",
    "reduce",
    "tally",
    "zip",
    "product",
    "transpose",
    "grep",
    "grep_v",
    "to_h",
    "push",
    "without",
];

impl Evaluator<'_> {
    pub(super) fn list_method(
        &mut self,
        list: &List,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        let items = &list.items;
        if let Some(block) = &arguments.call.block {
            let own = Value::List(list.clone());
            return self.each_method(&own, items.clone(), block, arguments);
        }
        if let Some(answer) = question(items, arguments)? {
            return Ok(Some(answer));
        }
        let range = &arguments.call.name_range;
        if let "zip" | "product" = arguments.call.name.as_str() {
            let other = elements(arguments.value(0)?, range)?;
            self.spend(
                range,
                items.len().saturating_mul(other.len().min(items.len())),
            )?;
            return combined(items, &other, arguments).map(Some);
        }
        match rearranged(items, arguments)? {
            Some(answer) => Ok(Some(answer)),
            None => reduced(items, arguments),
        }
    }
}

/// Methods that answer with a truth, a count or a place.
fn question(items: &[Value], arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
    let wanted = arguments.get(0);
    let fits = |item: &Value| wanted.map_or(item.is_true(), |wanted| is_case(wanted, item));
    let number = |count: usize| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    Ok(Some(match arguments.call.name.as_str() {
        "include?" | "member?" => {
            let wanted = arguments.value(0)?;
            Value::Boolean(items.iter().any(|item| equal(item, wanted)))
        }
        "exclude?" => {
            let wanted = arguments.value(0)?;
            Value::Boolean(!items.iter().any(|item| equal(item, wanted)))
        }
        "empty?" => Value::Boolean(items.is_empty()),
        "any?" => Value::Boolean(items.iter().any(fits)),
        "all?" => Value::Boolean(items.iter().all(fits)),
        "none?" => Value::Boolean(!items.iter().any(fits)),
        "one?" => Value::Boolean(items.iter().filter(|item| fits(item)).count() == 1),
        "size" | "length" if wanted.is_none() => number(items.len()),
        "count" => match wanted {
            Some(wanted) => number(items.iter().filter(|item| equal(item, wanted)).count()),
            None => number(items.len()),
        },
        "index" | "find_index" => {
            let wanted = arguments.value(0)?;
            let found = items.iter().position(|item| equal(item, wanted));
            found.map_or(Value::Nil, number)
        }
        _ => return Ok(None),
    }))
}

/// Methods that make another list of the same elements.
fn rearranged(items: &[Value], arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
    let range = &arguments.call.name_range;
    let kept = |fits: &dyn Fn(&Value) -> bool| -> Vec<Value> {
        items.iter().filter(|item| fits(item)).cloned().collect()
    };
    Ok(Some(Value::list(match arguments.call.name.as_str() {
        "to_a" | "entries" | "each" | "each_entry" => items.to_vec(),
        "compact" => kept(&|item| *item != Value::Nil),
        "compact_blank" => kept(&|item| !super::is_blank(item)),
        "grep" | "grep_v" => {
            let (wanted, keeps) = (arguments.value(0)?, arguments.call.name == "grep");
            kept(&|item| is_case(wanted, item) == keeps)
        }
        "without" => kept(&|item| !arguments.all().contains(item)),
        "push" | "append" => [items, arguments.all()].concat(),
        "uniq" => unique(items.to_vec()),
        "sort" => sorted(items.to_vec(), &mut |one, other| {
            order_of(one, other, range)
        })?,
        "reverse" | "reverse_each" => items.iter().rev().cloned().collect(),
        "rotate" => {
            let by = if arguments.len() > 0 {
                arguments.count(0)?
            } else {
                1
            };
            let mut turned = items.to_vec();
            turned.rotate_left(by.checked_rem(items.len()).unwrap_or(0));
            turned
        }
        "flatten" => {
            let depth = if arguments.len() > 0 {
                arguments.count(0)?
            } else {
                usize::MAX
            };
            let mut flat = Vec::new();
            flatten(items, depth, &mut flat);
            flat
        }
        "each_slice" | "each_cons" => groups(items, arguments)?,
        "each_index" => (0..).zip(items).map(|(at, _)| Value::Integer(at)).collect(),
        "each_with_index" => (0..)
            .zip(items)
            .map(|(at, item)| Value::list(vec![item.clone(), Value::Integer(at)]))
            .collect(),
        "transpose" => transposed(items, range)?,
        "values_at" => {
            let at = |position| arguments.integer(position).map(|at| element(items, at));
            let found: Result<Vec<_>, _> = (0..arguments.len()).map(at).collect();
            found?
                .into_iter()
                .map(|item| item.unwrap_or(Value::Nil))
                .collect()
        }
        _ => return Ok(None),
    })))
}

/// Methods that take elements out, or make one value of them.
fn reduced(items: &[Value], arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
    let range = &arguments.call.name_range;
    Ok(Some(match arguments.call.name.as_str() {
        "join" => join(items, arguments)?,
        "first" | "last" | "take" | "drop" => ends(items, arguments)?,
        "min" | "max" | "minmax" => smallest(items, arguments)?,
        "sum" => {
            let start = arguments.get(0).cloned().unwrap_or(Value::Integer(0));
            sum(items, start, range)?
        }
        "inject" | "reduce" => {
            let (operator, first) = match arguments.all() {
                [operator] => (operator, None),
                [first, operator] => (operator, Some(first.clone())),
                _ => return Ok(None),
            };
            let mut items = items.iter().cloned();
            let first = first.or_else(|| items.next()).unwrap_or(Value::Nil);
            let operator = operator.to_text();
            let mut growth = Growth::default();
            items.try_fold(first, |sum, item| {
                let sum = super::binary(&operator, &sum, &item, range)?;
                growth.add(&sum, range)?;
                Ok(sum)
            })?
        }
        "tally" => {
            let mut counts: Vec<(Value, i64)> = Vec::new();
            for item in items {
                match counts.iter_mut().find(|(known, _)| known == item) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((item.clone(), 1)),
                }
            }
            let pairs = counts
                .into_iter()
                .map(|(item, count)| (item, Value::Integer(count)));
            Value::map(pairs.collect())
        }
        "to_h" => to_map(items, arguments)?,
        "[]" | "slice" | "at" | "fetch" | "dig" => look_up(items, arguments)?,
        _ => return Ok(None),
    }))
}
