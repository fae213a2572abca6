//! Maps.

use super::{Arguments, elements::dig, text::count};
use crate::{
    evaluate::{Evaluated, Evaluator, pairs},
    mistake::Mistake,
    value::{Map, Value},
};

pub(super) const METHODS: [&str; 58] = [
    "[]",
    "dig",
    "fetch",
    "fetch_values",
    "values_at",
    "keys",
    "values",
    "key",
    "key?",
    "has_key?",
    "include?",
    "member?",
    "value?",
    "has_value?",
    "each",
    "each_pair",
    "each_with_index",
    "each_with_object",
    "each_key",
    "each_value",
    "map",
    "collect",
    "flat_map",
    "filter_map",
    "select",
    "filter",
    "reject",
    "find",
    "detect",
    "partition",
    "group_by",
    "any?",
    "all?",
    "none?",
    "count",
    "sum",
    "min_by",
    "max_by",
    "sort",
    "sort_by",
    "inject",
    "reduce",
    "first",
    "to_a",
    "to_h",
    "size",
    "length",
    "empty?",
    "merge",
    "slice",
    "except",
    "compact",
    "invert",
    "transform_values",
    "transform_keys",
    "symbolize_keys",
    "stringify_keys",
    "deep_merge",
];

type Pair = (Value, Value);

impl Evaluator<'_> {
    pub(crate) fn map_method(
        &mut self,
        map: &Map,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        if let Some(answer) = question(map, arguments)? {
            return Ok(Some(answer));
        }
        if let Some(answer) = self.changed(map, arguments)? {
            return Ok(Some(answer));
        }
        self.as_pairs(map, arguments)
    }

    /// Methods that look something up, or make another map.
    fn changed(&mut self, map: &Map, arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
        let items = &map.items;
        let range = &arguments.call.name_range;
        let name = arguments.call.name.as_str();
        Ok(Some(match name {
            "fetch" => self.fetched(map, arguments)?,
            "merge" | "deep_merge" => {
                let mut merged = items.clone();
                for (position, other) in arguments.all().iter().enumerate() {
                    let Value::Map(other) = other else {
                        return Err(arguments.unfit(position, other, "a map"));
                    };
                    merged = self.merged(merged, &other.items, arguments)?;
                }
                Value::map(merged)
            }
            "transform_values" | "transform_keys" => {
                let Some(block) = &arguments.call.block else {
                    return Err(Mistake::wrong(range, format!("`{name}` wants a block")));
                };
                let mut changed = Vec::new();
                for (key, value) in items {
                    let pair = if name == "transform_keys" {
                        (self.block(block, vec![key.clone()], range)?, value.clone())
                    } else {
                        (key.clone(), self.block(block, vec![value.clone()], range)?)
                    };
                    if self.leaving.is_some() {
                        break;
                    }
                    changed.push(pair);
                }
                Value::map(changed)
            }
            "each_key" | "each_value" => {
                let pick = |(key, value): &Pair| {
                    if name == "each_key" {
                        key.clone()
                    } else {
                        value.clone()
                    }
                };
                let picked = items.iter().map(pick).collect();
                return self.given_to_block(picked, arguments);
            }
            _ => return Ok(None),
        }))
    }

    fn fetched(&mut self, map: &Map, arguments: &Arguments<'_>) -> Evaluated {
        let wanted = arguments.value(0)?;
        let found = map.items.iter().find(|(key, _)| key == wanted);
        match (found, arguments.get(1), &arguments.call.block) {
            (Some((_, value)), ..) => Ok(value.clone()),
            (None, _, Some(block)) => {
                self.block(block, vec![wanted.clone()], &arguments.call.name_range)
            }
            (None, Some(default), None) => Ok(default.clone()),
            (None, None, None) => {
                let message = "key not found in this map";
                Err(Mistake::wrong(&arguments.range(0), message)
                    .help("give a default: `.fetch(key, \"…\")`"))
            }
        }
    }

    /// Other pairs laid over these; a block decides between two values of one key.
    fn merged(
        &mut self,
        mut items: Vec<Pair>,
        other: &[Pair],
        arguments: &Arguments<'_>,
    ) -> Result<Vec<Pair>, Mistake> {
        let range = &arguments.call.name_range;
        for (key, new) in other {
            let Some(position) = items.iter().position(|(known, _)| known == key) else {
                items.push((key.clone(), new.clone()));
                continue;
            };
            let known = items[position].1.clone();
            items[position].1 = match (
                &arguments.call.block,
                arguments.call.name.as_str(),
                &known,
                new,
            ) {
                (Some(block), ..) => {
                    self.block(block, vec![key.clone(), known, new.clone()], range)?
                }
                (None, "deep_merge", Value::Map(below), Value::Map(above)) => {
                    self.spend(range, below.items.len() + above.items.len())?;
                    Value::map(self.merged(below.items.clone(), &above.items, arguments)?)
                }
                _ => new.clone(),
            };
        }
        Ok(items)
    }

    /// What a list of the pairs would answer.
    fn as_pairs(&mut self, map: &Map, arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
        let name = arguments.call.name.as_str();
        let is_of_lists = matches!(name, "each_slice" | "zip" | "one?" | "find_index");
        if !METHODS.contains(&name) && !is_of_lists {
            return Ok(None);
        }
        let keeps_keys = matches!(name, "select" | "filter" | "reject");
        let list = pairs(map);
        let Some(block) = &arguments.call.block else {
            if keeps_keys || matches!(name, "map" | "collect" | "sum") {
                return Ok(None);
            }
            let Value::List(list) = Value::list(list) else {
                return Ok(None);
            };
            return self.list_method(&list, arguments);
        };
        let own = Value::Map(map.clone());
        let result = self.each_method(&own, list, block, arguments)?;
        Ok(match result {
            Some(Value::List(list)) if keeps_keys => {
                let pair = |item: &Value| match item {
                    Value::List(pair) => (pair.items[0].clone(), pair.items[1].clone()),
                    other => (other.clone(), Value::Nil),
                };
                Some(Value::map(list.items.iter().map(pair).collect()))
            }
            other => other,
        })
    }
}

/// Methods without a block that look at keys and values.
fn question(map: &Map, arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
    let items = &map.items;
    let look_up = |key: &Value| {
        let found = items.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.clone())
    };
    let has_block = arguments.call.block.is_some();
    let is_listed = |key: &Value| arguments.all().contains(key);
    let with_keys = |change: &dyn Fn(&Value) -> Value| {
        let changed = items
            .iter()
            .map(|(key, value)| (change(key), value.clone()));
        Value::map(changed.collect())
    };
    let kept = |fits: &dyn Fn(&Pair) -> bool| {
        Value::map(items.iter().filter(|pair| fits(pair)).cloned().collect())
    };
    Ok(Some(match arguments.call.name.as_str() {
        "[]" => look_up(arguments.value(0)?).unwrap_or(Value::Nil),
        "dig" => {
            let first = look_up(arguments.value(0)?).unwrap_or(Value::Nil);
            dig(&first, arguments, 1)?
        }
        "key?" | "has_key?" | "include?" | "member?" => {
            Value::Boolean(look_up(arguments.value(0)?).is_some())
        }
        "value?" | "has_value?" => {
            let wanted = arguments.value(0)?;
            Value::Boolean(items.iter().any(|(_, value)| value == wanted))
        }
        "key" => {
            let wanted = arguments.value(0)?;
            let found = items.iter().find(|(_, value)| value == wanted);
            found.map_or(Value::Nil, |(key, _)| key.clone())
        }
        "keys" => Value::list(items.iter().map(|(key, _)| key.clone()).collect()),
        "values" => Value::list(items.iter().map(|(_, value)| value.clone()).collect()),
        "values_at" => {
            let found = arguments
                .all()
                .iter()
                .map(|key| look_up(key).unwrap_or(Value::Nil));
            Value::list(found.collect())
        }
        "fetch_values" => {
            let found: Option<Vec<Value>> = arguments.all().iter().map(look_up).collect();
            let missing =
                || Mistake::wrong(&arguments.call.name_range, "key not found in this map");
            Value::list(found.ok_or_else(missing)?)
        }
        "size" | "length" => Value::Integer(count(items.iter())),
        "empty?" => Value::Boolean(items.is_empty()),
        "any?" if !has_block => Value::Boolean(!items.is_empty()),
        "to_h" if !has_block => Value::Map(map.clone()),
        "slice" => {
            let found = arguments
                .all()
                .iter()
                .filter_map(|key| Some((key.clone(), look_up(key)?)));
            Value::map(found.collect())
        }
        "except" => kept(&|(key, _)| !is_listed(key)),
        "compact" => kept(&|(_, value)| *value != Value::Nil),
        "invert" => {
            let turned = items
                .iter()
                .map(|(key, value)| (value.clone(), key.clone()));
            Value::map(turned.collect())
        }
        "symbolize_keys" => with_keys(&|key| match key {
            Value::Text(name) => Value::Symbol(name.clone()),
            other => other.clone(),
        }),
        "stringify_keys" => with_keys(&|key| Value::text(key.to_text())),
        _ => return Ok(None),
    }))
}
