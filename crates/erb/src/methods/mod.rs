//! The methods of values.

mod list;
mod map;
mod number;
mod text;

use std::{ops::Range, rc::Rc};

use crate::{
    ast::{Call, Expression, Node},
    evaluate::{Evaluated, Evaluator},
    json,
    mistake::{ELSEWHERE, Mistake},
    objects::Object,
    value::Value,
};

/// The methods that every value has.
const ALL: [&str; 11] = [
    "to_s", "to_json", "inspect", "nil?", "blank?", "present?", "presence", "freeze", "dup",
    "then", "to_str",
];

/// The arguments of a call, evaluated.
pub(crate) struct Arguments<'call> {
    pub(crate) call: &'call Call,
    values: Vec<Value>,
    options: Vec<(Value, Value)>,
}

impl<'call> Arguments<'call> {
    /// `name: value` arguments are told apart from the others.
    pub(crate) fn new(call: &'call Call, mut values: Vec<Value>) -> Self {
        let mut options = Vec::new();
        while let Some(Value::Map(map)) = values.last() {
            options.extend(map.items.iter().cloned());
            values.pop();
        }
        Self {
            call,
            values,
            options,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn get(&self, position: usize) -> Option<&Value> {
        self.values.get(position)
    }

    /// Where an argument stands; the name of the method when it is missing.
    pub(crate) fn range(&self, position: usize) -> Range<usize> {
        let written = self.call.arguments.get(position);
        written.map_or_else(
            || self.call.name_range.clone(),
            |argument| argument.range.clone(),
        )
    }

    pub(crate) fn value(&self, position: usize) -> Result<&Value, Mistake> {
        self.get(position).ok_or_else(|| {
            let name = &self.call.name;
            let message = format!("`{name}` wants {} arguments", position + 1);
            Mistake::wrong(
                &self.call.name_range,
                message.replace("1 arguments", "an argument"),
            )
        })
    }

    pub(crate) fn text(&self, position: usize) -> Result<Rc<str>, Mistake> {
        match self.value(position)? {
            Value::Text(text) => Ok(Rc::clone(text)),
            other => Err(self.unfit(position, other, "a text")),
        }
    }

    pub(crate) fn texts(&self) -> Result<Vec<Rc<str>>, Mistake> {
        self.value(0)?;
        (0..self.len())
            .map(|position| self.text(position))
            .collect()
    }

    pub(crate) fn integer(&self, position: usize) -> Result<i64, Mistake> {
        match self.value(position)? {
            Value::Integer(number) => Ok(*number),
            other => Err(self.unfit(position, other, "a whole number")),
        }
    }

    /// A count of elements, not negative.
    pub(crate) fn count(&self, position: usize) -> Result<usize, Mistake> {
        usize::try_from(self.integer(position)?)
            .map_err(|_| Mistake::wrong(&self.range(position), "negative array size"))
    }

    pub(crate) fn option(&self, name: &str) -> bool {
        self.options
            .iter()
            .any(|(key, value)| &*key.to_text() == name && value.is_true())
    }

    fn unfit(&self, position: usize, found: &Value, wanted: &str) -> Mistake {
        let (name, noun) = (&self.call.name, found.noun());
        let message = format!("`{name}` wants {wanted} here, not {noun}");
        Mistake::wrong(&self.range(position), message)
    }
}

impl Evaluator<'_> {
    /// Calls a method of a value. `written` is how the value is written.
    pub(crate) fn method(
        &mut self,
        receiver: &Value,
        written: &Expression,
        call: &Call,
    ) -> Evaluated {
        let values = self.all(&call.arguments)?;
        let is_own_map = matches!(values.last(), Some(Value::Map(_)))
            && !matches!(
                call.arguments.last().map(|one| &one.node),
                Some(Node::Map(_))
            );
        let arguments = if is_own_map {
            // A map that is computed is an argument of its own, `a.merge(b)`.
            Arguments {
                call,
                values,
                options: Vec::new(),
            }
        } else {
            Arguments::new(call, values)
        };
        if let Some(common) = self.common(receiver, &arguments)? {
            return Ok(common);
        }
        let result = match receiver {
            Value::Text(text) => text::call(text, &arguments)?,
            Value::Symbol(text) => match call.name.as_str() {
                "to_sym" => Some(receiver.clone()),
                "to_proc" => None,
                _ => text::call(text, &arguments)?,
            },
            Value::List(list) => self.list_method(list, &arguments)?,
            Value::Map(map) => self.map_method(map, &arguments)?,
            Value::Integer(_) | Value::Float(_) => self.number_method(receiver, &arguments)?,
            Value::Nil => match call.name.as_str() {
                "to_a" => Some(Value::list(Vec::new())),
                "to_i" => Some(Value::Integer(0)),
                _ => None,
            },
            Value::Boolean(_) => None,
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
                let message =
                    "a map has no text of its own here; Ruby versions write it differently";
                return Err(Mistake::not_understood(range, message)
                    .help("write `.to_json`: JSON is YAML too"));
            }
            "to_s" => Value::text(receiver.to_text()),
            "inspect" => Value::text(receiver.inspect()),
            "to_json" => Value::text(json::generate(receiver)),
            "nil?" => Value::Boolean(*receiver == Value::Nil),
            "blank?" => Value::Boolean(is_blank(receiver)),
            "present?" => Value::Boolean(!is_blank(receiver)),
            "presence" if is_blank(receiver) => Value::Nil,
            "presence" | "freeze" | "dup" => receiver.clone(),
            "then" => match &arguments.call.block {
                Some(block) => self.block(block, vec![receiver.clone()], range)?,
                None => return Err(Mistake::wrong(range, "`then` wants a block")),
            },
            _ => return Ok(None),
        }))
    }
}

/// `ActiveSupport`'s notion of nothing.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Nil | Value::Boolean(false) => true,
        Value::Text(text) => text.trim().is_empty(),
        Value::List(list) => list.items.is_empty(),
        Value::Map(map) => map.items.is_empty(),
        _ => false,
    }
}

fn unknown_method(receiver: &Value, written: &Expression, call: &Call) -> Mistake {
    let name = &call.name;
    if *receiver == Value::Nil {
        let message = format!("undefined method `{name}' for nil");
        let mistake = Mistake::wrong(&call.name_range, message);
        return match &written.node {
            Node::Object(Object::Env, env) => match env.arguments.first().map(|one| &one.node) {
                Some(Node::String(pieces)) => match pieces.as_slice() {
                    [crate::ast::Piece::Literal(variable)] => mistake.help(format!(
                        "set the environment variable {variable}, or give a default: `ENV.fetch(\"{variable}\", \"…\").{name}`"
                    )),
                    _ => mistake,
                },
                _ => mistake,
            },
            _ => mistake.help("put `&.` before the method, or a default before it: `(value || \"…\")`"),
        };
    }
    let known: Vec<&str> = methods_of(receiver).iter().chain(&ALL).copied().collect();
    let message = format!(
        "`{name}` is not supported for {} in ERB tags",
        receiver.noun()
    );
    let plain = name.trim_end_matches('!');
    let help = if plain != name && known.contains(&plain) {
        format!("write `value = value.{plain}`")
    } else {
        let nearest = known
            .iter()
            .max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)))
            .filter(|near| strsim::jaro(near, name) > 0.8);
        nearest.map_or_else(
            || ELSEWHERE.to_owned(),
            |near| format!("did you mean `{near}`?"),
        )
    };
    Mistake::not_understood(&call.name_range, message).help(help)
}

fn methods_of(value: &Value) -> &'static [&'static str] {
    match value {
        Value::Text(_) | Value::Symbol(_) => &text::METHODS,
        Value::List(_) => &list::METHODS,
        Value::Map(_) => &map::METHODS,
        Value::Integer(_) | Value::Float(_) => &number::METHODS,
        _ => &[],
    }
}

/// An operator between two values.
pub(crate) fn binary(
    operator: &str,
    left: &Value,
    right: &Value,
    range: &Range<usize>,
) -> Evaluated {
    let result = match (operator, left, right) {
        ("==", ..) => Some(Value::Boolean(number::equal(left, right))),
        ("!=", ..) => Some(Value::Boolean(!number::equal(left, right))),
        (_, Value::Integer(_) | Value::Float(_), Value::Integer(_) | Value::Float(_)) => {
            return number::arithmetic(operator, left, right, range);
        }
        ("+", Value::Text(left), Value::Text(right)) => Some(Value::text(format!("{left}{right}"))),
        ("*", Value::Text(text), Value::Integer(times)) => {
            return text::repeat(text, *times, range);
        }
        ("<", Value::Text(left), Value::Text(right)) => Some(Value::Boolean(left < right)),
        ("<=", Value::Text(left), Value::Text(right)) => Some(Value::Boolean(left <= right)),
        (">", Value::Text(left), Value::Text(right)) => Some(Value::Boolean(left > right)),
        (">=", Value::Text(left), Value::Text(right)) => Some(Value::Boolean(left >= right)),
        ("+", Value::List(left), Value::List(right)) => Some(Value::list(
            [left.items.clone(), right.items.clone()].concat(),
        )),
        ("-", Value::List(left), Value::List(right)) => Some(list::without(left, right)),
        _ => None,
    };
    result.ok_or_else(|| {
        let (left, right) = (left.noun(), right.noun());
        let mistake = Mistake::wrong(
            range,
            format!("`{operator}` does not work between {left} and {right}"),
        );
        match operator {
            "+" => mistake.help("write an interpolation: `\"#{one}#{other}\"`"),
            _ => mistake.help("put `.to_i` or `.to_s` behind one of them"),
        }
    })
}
