//! Maps.

use super::{Arguments, list::dig, text::count};
use crate::{
    evaluate::Evaluator,
    mistake::Mistake,
    value::{Map, Value},
};

pub(super) const METHODS: [&str; 25] = [
    "[]",
    "dig",
    "fetch",
    "keys",
    "values",
    "key?",
    "has_key?",
    "include?",
    "value?",
    "each",
    "each_pair",
    "map",
    "select",
    "filter",
    "reject",
    "any?",
    "all?",
    "find",
    "to_a",
    "to_h",
    "size",
    "length",
    "count",
    "empty?",
    "merge",
];

impl Evaluator<'_> {
    pub(super) fn map_method(
        &mut self,
        map: &Map,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        let items = &map.items;
        let look_up = |key: &Value| {
            items
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, value)| value.clone())
        };
        Ok(Some(match arguments.call.name.as_str() {
            "[]" => look_up(arguments.value(0)?).unwrap_or(Value::Nil),
            "dig" => {
                let first = look_up(arguments.value(0)?).unwrap_or(Value::Nil);
                dig(&first, arguments, 1)?
            }
            "fetch" => match (
                look_up(arguments.value(0)?),
                arguments.get(1),
                &arguments.call.block,
            ) {
                (Some(value), ..) => value,
                (None, _, Some(block)) => {
                    let key = arguments.value(0)?.clone();
                    self.block(block, vec![key], &arguments.call.name_range)?
                }
                (None, Some(default), None) => default.clone(),
                (None, None, None) => {
                    let message = "key not found in this map";
                    return Err(Mistake::wrong(&arguments.range(0), message)
                        .help("give a default: `.fetch(key, \"…\")`"));
                }
            },
            "key?" | "has_key?" | "include?" => {
                Value::Boolean(look_up(arguments.value(0)?).is_some())
            }
            "value?" => {
                let wanted = arguments.value(0)?;
                Value::Boolean(items.iter().any(|(_, value)| value == wanted))
            }
            "keys" => Value::list(items.iter().map(|(key, _)| key.clone()).collect()),
            "values" => Value::list(items.iter().map(|(_, value)| value.clone()).collect()),
            "size" | "length" => Value::Integer(count(items.iter())),
            "empty?" => Value::Boolean(items.is_empty()),
            "to_h" if arguments.call.block.is_none() => Value::Map(map.clone()),
            "merge" => {
                let Some(Value::Map(other)) = arguments.get(0) else {
                    let message = "`merge` wants a map that stands in a variable";
                    return Err(Mistake::not_understood(&arguments.range(0), message));
                };
                Value::map([items.clone(), other.items.clone()].concat())
            }
            "each" | "each_pair" | "map" | "select" | "filter" | "reject" | "any?" | "all?"
            | "find" | "to_a" | "to_h" | "count" | "flat_map" | "sort_by" => {
                return self.as_pairs(map, arguments);
            }
            _ => return Ok(None),
        }))
    }

    /// What a list of the pairs would answer.
    fn as_pairs(&mut self, map: &Map, arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
        let pair = |(key, value): &(Value, Value)| Value::list(vec![key.clone(), value.clone()]);
        let Value::List(pairs) = Value::list(map.items.iter().map(pair).collect()) else {
            return Ok(None);
        };
        let mut call = arguments.call.clone();
        if call.name == "each_pair" {
            "each".clone_into(&mut call.name);
        }
        let renamed = Arguments::new(&call, Vec::new());
        let result = self.list_method(&pairs, &renamed)?;
        let keeps_keys = matches!(call.name.as_str(), "select" | "filter" | "reject");
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
