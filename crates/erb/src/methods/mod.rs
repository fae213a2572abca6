//! The methods of values.

mod arguments;
mod each;
mod elements;
pub(crate) mod format;
mod inflect;
mod list;
mod map;
mod number;
mod operator;
mod range;
mod text;

pub(crate) use arguments::Arguments;
pub(crate) use operator::binary;

use crate::{
    ast::{Block, Call, Expression, Node, Piece},
    class::Class,
    evaluate::{Evaluated, Evaluator},
    json,
    mistake::{ELSEWHERE, Mistake},
    objects::Object,
    order::{compare, equal},
    value::Value,
};

/// The methods that every value has.
const ALL: [&str; 22] = [
    "to_s",
    "to_json",
    "inspect",
    "nil?",
    "blank?",
    "present?",
    "presence",
    "freeze",
    "dup",
    "clone",
    "itself",
    "then",
    "tap",
    "try",
    "is_a?",
    "kind_of?",
    "instance_of?",
    "class",
    "in?",
    "eql?",
    "between?",
    "clamp",
];

impl Evaluator<'_> {
    /// Calls a method of a value. `written` is how the value is written.
    pub(crate) fn method(
        &mut self,
        receiver: &Value,
        written: &Expression,
        call: &Call,
    ) -> Evaluated {
        let values = self.all(&call.arguments)?;
        let arguments = Arguments::new(call, values);
        if let Some(common) = self.common(receiver, &arguments)? {
            return Ok(common);
        }
        let result = match receiver {
            Value::Text(text) => self.text_method(text, &arguments)?,
            Value::Symbol(text) => match self.text_method(text, &arguments)? {
                Some(Value::Text(text)) if text::MAKES_SYMBOLS.contains(&call.name.as_str()) => {
                    Some(Value::Symbol(text))
                }
                other => other,
            },
            Value::List(list) => self.list_method(list, &arguments)?,
            Value::Map(map) => self.map_method(map, &arguments)?,
            Value::Integer(_) | Value::Float(_) => self.number_method(receiver, &arguments)?,
            Value::Range(range) => self.range_method(range, &arguments)?,
            Value::Pattern(pattern) => match (call.name.as_str(), arguments.get(0)) {
                ("match?", Some(Value::Text(text))) => Some(Value::Boolean(pattern.matches(text))),
                ("match?", Some(Value::Nil)) => Some(Value::Boolean(false)),
                ("source", _) => Some(Value::text(pattern.source())),
                _ => None,
            },
            Value::Nil => match call.name.as_str() {
                "to_a" => Some(Value::list(Vec::new())),
                "to_i" => Some(Value::Integer(0)),
                "to_f" => Some(Value::Float(0.0)),
                _ => None,
            },
            Value::Boolean(_) | Value::Class(_) => None,
        };
        result.ok_or_else(|| unknown_method(receiver, written, call))
    }

    fn common(
        &mut self,
        receiver: &Value,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        let range = &arguments.call.name_range;
        Ok(Some(match arguments.call.name.as_str() {
            "to_s" | "to_str" if matches!(receiver, Value::Map(_)) => {
                return Err(format::no_text_of_map(range));
            }
            "to_s" if arguments.len() == 0 => Value::text(receiver.to_text()),
            "to_str" if matches!(receiver, Value::Text(_)) => receiver.clone(),
            "inspect" => Value::text(receiver.inspect()),
            "to_json" => json::generate(receiver)
                .map(Value::text)
                .map_err(|message| Mistake::wrong(range, message))?,
            "nil?" => Value::Boolean(*receiver == Value::Nil),
            "blank?" => Value::Boolean(is_blank(receiver)),
            "present?" => Value::Boolean(!is_blank(receiver)),
            "presence" if is_blank(receiver) => Value::Nil,
            "presence" | "freeze" | "dup" | "clone" | "itself" => receiver.clone(),
            "then" | "tap" => {
                let Some(block) = &arguments.call.block else {
                    let message = format!("`{}` wants a block", arguments.call.name);
                    return Err(Mistake::wrong(range, message));
                };
                let result = self.block(block, vec![receiver.clone()], range)?;
                if arguments.call.name == "then" {
                    result
                } else {
                    receiver.clone()
                }
            }
            "try" => match (receiver, arguments.get(0)) {
                (Value::Nil, _) => Value::Nil,
                (_, Some(Value::Symbol(name))) if arguments.len() == 1 => {
                    let method = Block::Method(name.to_string());
                    self.block(&method, vec![receiver.clone()], range)?
                }
                _ => return Ok(None),
            },
            _ => return compared(receiver, arguments),
        }))
    }
}

/// Methods that compare any value with another, or with a class.
fn compared(receiver: &Value, arguments: &Arguments<'_>) -> Result<Option<Value>, Mistake> {
    let truth = match arguments.call.name.as_str() {
        "is_a?" | "kind_of?" | "instance_of?" => {
            let Value::Class(class) = arguments.value(0)? else {
                let message = "class or module required";
                return Err(Mistake::wrong(&arguments.range(0), message));
            };
            class.holds(receiver)
        }
        "class" => return Ok(Class::of(receiver).map(Value::Class)),
        "in?" => match arguments.value(0)? {
            Value::List(list) => list.items.iter().any(|item| equal(item, receiver)),
            Value::Range(range) => range.covers(receiver),
            _ => return Ok(None),
        },
        "eql?" => receiver == arguments.value(0)?,
        "between?" | "clamp" => {
            let (low, high) = (arguments.value(0)?, arguments.value(1)?);
            let (Some(to_low), Some(to_high)) = (compare(receiver, low), compare(receiver, high))
            else {
                return Ok(None);
            };
            if arguments.call.name == "clamp" {
                let clamped = match () {
                    () if to_low.is_lt() => low,
                    () if to_high.is_gt() => high,
                    () => receiver,
                };
                return Ok(Some(clamped.clone()));
            }
            to_low.is_ge() && to_high.is_le()
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::Boolean(truth)))
}

/// `ActiveSupport`'s notion of nothing.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Nil | Value::Boolean(false) => true,
        Value::Text(text) | Value::Symbol(text) => text.trim().is_empty(),
        Value::List(list) => list.items.is_empty(),
        Value::Map(map) => map.items.is_empty(),
        _ => false,
    }
}

fn unknown_method(receiver: &Value, written: &Expression, call: &Call) -> Mistake {
    let name = &call.name;
    if *receiver == Value::Nil {
        return undefined_for_nil(written, call);
    }
    let known: Vec<&str> = methods_of(receiver).iter().chain(&ALL).copied().collect();
    let message = format!(
        "`{name}` is not supported for {} in ERB tags",
        receiver.noun()
    );
    let plain = name.trim_end_matches('!');
    let help = if plain != name && known.contains(&plain) {
        format!("write `value = value.{plain}`")
    } else if let Some(instead) = instead_of(name) {
        instead.to_owned()
    } else {
        let nearest = known
            .iter()
            .filter(|near| *near != name)
            .max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)))
            .filter(|near| strsim::jaro(near, name) > 0.8);
        nearest.map_or_else(
            || ELSEWHERE.to_owned(),
            |near| format!("did you mean `{near}`?"),
        )
    };
    Mistake::not_understood(&call.name_range, message).help(help)
}

/// What to write instead of methods that Ruby has and dhow has not.
fn instead_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "match" => {
            "take a part of the text: `text[/pattern (with a group)/, 1]`; a truth is `.match?(/pattern/)`"
        }
        "to_yaml" => "write `.to_json`: JSON is YAML too",
        "unshift" | "insert" => "make a new list: `list = [item] + list`",
        "pop" | "shift" | "delete_at" | "clear" | "delete_if" | "keep_if" | "fill" => {
            "make a new list: `list = list.drop(1)`, `list = list.reject { |item| … }`"
        }
        "update" | "store" => "make a new map: `map = map.merge(key => value)`",
        "sample" | "shuffle" => "nothing in a deploy file may be random; let a command choose",
        "strftime" => "let a command print it: `%x(date +%Y%m%d).chomp`",
        "squish" => "write `text.split.join(\" \")`; Kamal does not load `squish`",
        "bytes" | "unpack" | "encode" | "force_encoding" => {
            "let a command print it: `%x(bin/name).chomp`"
        }
        "send" | "public_send" | "method" => "call the method itself",
        "equal?" => "write `==`",
        "new" => "write the value itself: `[]`, `{}`, `\"\"`; a default is `map[key] || 0`",
        "prepend" | "concat" => "make a new list: `list = other + list`",
        "delete" => "make a new one: `list - [item]`, `map.except(key)`",
        _ => return None,
    })
}

fn undefined_for_nil(written: &Expression, call: &Call) -> Mistake {
    let name = &call.name;
    let message = format!("undefined method `{name}' for nil");
    let mistake = Mistake::wrong(&call.name_range, message);
    let variable = match &written.node {
        Node::Object(Object::Env, env) => match env.arguments.first().map(|one| &one.node) {
            Some(Node::String(pieces)) => match pieces.as_slice() {
                [Piece::Literal(variable)] => Some(variable),
                _ => return mistake,
            },
            _ => return mistake,
        },
        _ => None,
    };
    match variable {
        Some(variable) => mistake.help(format!(
            "set the environment variable {variable}, or give a default: `ENV.fetch(\"{variable}\", \"…\").{name}`"
        )),
        None => {
            mistake.help("put `&.` before the method, or a default before it: `(value || \"…\")`")
        }
    }
}

fn methods_of(value: &Value) -> &'static [&'static str] {
    match value {
        Value::Text(_) | Value::Symbol(_) => &text::METHODS,
        Value::List(_) => &list::METHODS,
        Value::Range(_) => &range::METHODS,
        Value::Map(_) => &map::METHODS,
        Value::Integer(_) | Value::Float(_) => &number::METHODS,
        _ => &[],
    }
}
