//! The arguments of a call.

use std::{ops::Range, rc::Rc};

use crate::{ast::Call, mistake::Mistake, pattern::Pattern, value::Value};

/// The arguments of a call, evaluated.
pub(crate) struct Arguments<'call> {
    pub(crate) call: &'call Call,
    values: Vec<Value>,
    options: Vec<(Value, Value)>,
}

/// A text, or a regular expression, to look for.
pub(crate) enum Wanted {
    Text(Rc<str>),
    Pattern(Rc<Pattern>),
}

impl<'call> Arguments<'call> {
    /// All of them are values; a map at the end may hold options as well.
    pub(crate) fn new(call: &'call Call, values: Vec<Value>) -> Self {
        let options = match values.last() {
            Some(Value::Map(map)) => map.items.clone(),
            _ => Vec::new(),
        };
        Self {
            call,
            values,
            options,
        }
    }

    /// A map at the end holds options and is no value.
    pub(crate) fn with_options(call: &'call Call, values: Vec<Value>) -> Self {
        let mut arguments = Self::new(call, values);
        if !arguments.options.is_empty() {
            arguments.values.pop();
        }
        arguments
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn get(&self, position: usize) -> Option<&Value> {
        self.values.get(position)
    }

    pub(crate) fn all(&self) -> &[Value] {
        &self.values
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

    /// A text, or another one where it is missing.
    pub(crate) fn text_or(&self, position: usize, default: &str) -> Result<Rc<str>, Mistake> {
        match self.get(position) {
            Some(_) => self.text(position),
            None => Ok(default.into()),
        }
    }

    pub(crate) fn wanted(&self, position: usize) -> Result<Wanted, Mistake> {
        match self.value(position)? {
            Value::Text(text) => Ok(Wanted::Text(Rc::clone(text))),
            Value::Pattern(pattern) => Ok(Wanted::Pattern(Rc::clone(pattern))),
            other => Err(self.unfit(position, other, "a text or a regular expression")),
        }
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

    pub(crate) fn unfit(&self, position: usize, found: &Value, wanted: &str) -> Mistake {
        let (name, noun) = (&self.call.name, found.noun());
        let message = format!("`{name}` wants {wanted} here, not {noun}");
        Mistake::wrong(&self.range(position), message)
    }
}
