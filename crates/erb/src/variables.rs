//! Local variables: what is assigned to them, and what is changed in them.

use std::ops::Range;

use crate::{
    ast::{Block, Call, Expression, Leave, Node, Parameter, When},
    evaluate::{Evaluated, Evaluator},
    mistake::Mistake,
    value::{COST, Value},
};

impl Evaluator<'_> {
    pub(crate) fn variable(&self, name: &str) -> Value {
        let scope = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        scope.cloned().unwrap_or(Value::Nil)
    }

    fn assign(&mut self, name: &str, value: Value) {
        let known = self
            .scopes
            .iter()
            .rposition(|scope| scope.contains_key(name));
        let at = known.unwrap_or(self.scopes.len() - 1);
        self.scopes[at].insert(name.to_owned(), value);
    }

    pub(crate) fn assigned(&mut self, name: &str, value: &Expression, when: When) -> Evaluated {
        if when != When::Always {
            let before = self.variable(name);
            if before.is_true() == (when == When::Empty) {
                return Ok(before);
            }
        }
        let value = self.value(value)?;
        self.assign(name, value.clone());
        Ok(value)
    }

    pub(crate) fn spread(&mut self, targets: &[Parameter], value: &Expression) -> Evaluated {
        let given = self.value(value)?;
        let items = match &given {
            Value::List(list) => list.items.clone(),
            other => vec![other.clone()],
        };
        self.spend(&value.range, COST * items.len())?;
        for (name, value) in matched(targets, items) {
            self.assign(&name, value);
        }
        Ok(given)
    }

    /// Takes the value of a variable out of it to change it. A value that something else holds too would change
    /// there as well, which nobody sees in a template.
    fn take(&mut self, name: &str, range: &Range<usize>) -> Evaluated {
        let scope = self
            .scopes
            .iter_mut()
            .rev()
            .find_map(|scope| scope.get_mut(name));
        let Some(value) = scope else {
            return Ok(Value::Nil);
        };
        if value.holders() > 1 {
            let message = format!(
                "the value of `{name}` stands elsewhere too, and would change there as well"
            );
            return Err(Mistake::not_understood(range, message).help(format!(
                "make a new one: `{name} += [item]`, or `{name} = {name}.merge(key => value)`"
            )));
        }
        Ok(std::mem::replace(value, Value::Nil))
    }

    /// `name << one << two`.
    pub(crate) fn append(
        &mut self,
        name: &str,
        values: &[Expression],
        range: &Range<usize>,
    ) -> Evaluated {
        for (added, value) in self.all(values)?.into_iter().zip(values) {
            let changed = match self.take(name, range)? {
                Value::List(list) => {
                    self.spend(range, COST + added.cost())?;
                    Ok(Value::appended(list, added))
                }
                before => appended(&before, &added, &value.range),
            }?;
            if let Value::Text(text) = &changed {
                self.spend(range, text.len())?;
            }
            self.check_size(&changed, range)?;
            self.assign(name, changed);
        }
        Ok(self.variable(name))
    }

    /// `name[key] = value`.
    pub(crate) fn set_item(
        &mut self,
        name: &str,
        key: &Expression,
        value: &Expression,
        when: When,
        range: &Range<usize>,
    ) -> Evaluated {
        let key_value = self.value(key)?;
        if when != When::Always {
            let before = element_of(&self.variable(name), &key_value);
            if before.is_true() == (when == When::Empty) {
                return Ok(before);
            }
        }
        let assigned = self.value(value)?;
        let changed = match (self.take(name, range)?, &key_value) {
            (Value::Map(map), _) => Value::with_pair(&map, key_value, assigned.clone()),
            (Value::List(list), Value::Integer(at)) => {
                let at = usize::try_from(*at)
                    .ok()
                    .filter(|at| *at <= list.items.len());
                let Some(at) = at else {
                    let message = "this element is beyond the end of the list";
                    return Err(Mistake::not_understood(&key.range, message));
                };
                Value::with_item(&list, at, assigned.clone())
            }
            (other, _) => {
                let message = format!("an element of {} cannot be set", other.noun());
                return Err(Mistake::wrong(range, message));
            }
        };
        let changed = self.made(changed, range)?;
        self.assign(name, changed);
        Ok(assigned)
    }

    /// Runs a block for one element.
    pub(crate) fn block(
        &mut self,
        block: &Block,
        given: Vec<Value>,
        range: &Range<usize>,
    ) -> Evaluated {
        self.spend(range, COST)?;
        match block {
            Block::Method(name) => self.passed(name, given, range),
            Block::Code { parameters, body } => {
                self.scopes.push(
                    matched(parameters, spread_out(parameters, given))
                        .into_iter()
                        .collect(),
                );
                let result = self.body(body);
                self.scopes.pop();
                let result = result?;
                Ok(match self.leaving.take() {
                    Some((Leave::Next, value)) => value,
                    leaving => {
                        self.leaving = leaving;
                        result
                    }
                })
            }
        }
    }

    /// `&:name`: the method of the first value, with the others as arguments.
    fn passed(&mut self, name: &str, mut given: Vec<Value>, range: &Range<usize>) -> Evaluated {
        let receiver = if given.is_empty() {
            Value::Nil
        } else {
            given.remove(0)
        };
        if let [other] = given.as_slice()
            && !name.starts_with(char::is_alphabetic)
        {
            let result = crate::methods::binary(name, &receiver, other, range)?;
            return self.made(result, range);
        }
        let call = Call {
            name: name.to_owned(),
            name_range: range.clone(),
            arguments: Vec::new(),
            block: None,
            safe: false,
        };
        let place = Expression {
            node: Node::Nil,
            range: range.clone(),
            depth: 1,
        };
        let result = self.method(&receiver, &place, &call)?;
        self.made(result, range)
    }

    /// Runs a block for one element with a value that it may change; gives what became of it.
    pub(crate) fn block_with_memo(
        &mut self,
        block: &Block,
        item: Value,
        memo: Value,
        range: &Range<usize>,
    ) -> Evaluated {
        self.spend(range, COST)?;
        let Block::Code { parameters, body } = block else {
            return Err(Mistake::not_understood(
                range,
                "this needs a block of its own",
            ));
        };
        let Some((Parameter::Name(name), before)) = parameters.split_last() else {
            return Err(Mistake::not_understood(
                range,
                "the last parameter of this block is a plain name",
            ));
        };
        let mut scope: std::collections::BTreeMap<_, _> =
            matched(before, spread_out(before, vec![item]))
                .into_iter()
                .collect();
        scope.insert(name.clone(), memo);
        self.scopes.push(scope);
        let result = self.body(body);
        let scope = self.scopes.pop();
        result?;
        if let Some((Leave::Next, _)) = &self.leaving {
            self.leaving = None;
        }
        Ok(scope
            .and_then(|mut scope| scope.remove(name))
            .unwrap_or(Value::Nil))
    }
}

/// A single list is taken apart where there are several parameters.
fn spread_out(parameters: &[Parameter], given: Vec<Value>) -> Vec<Value> {
    let takes_apart = parameters.len() > 1 || matches!(parameters, [Parameter::Group(_)]);
    match given.as_slice() {
        [Value::List(list)] if takes_apart && !matches!(parameters, [Parameter::Group(_)]) => {
            list.items.clone()
        }
        _ => given,
    }
}

/// The variables that values are given to. What is missing is `nil`, what is too much is left out.
fn matched(targets: &[Parameter], values: Vec<Value>) -> Vec<(String, Value)> {
    let mut pairs = Vec::new();
    let length = values.len();
    let mut values = values.into_iter();
    for (position, target) in targets.iter().enumerate() {
        match target {
            Parameter::Name(name) => {
                pairs.push((name.clone(), values.next().unwrap_or(Value::Nil)));
            }
            Parameter::Rest(name) => {
                let behind = targets.len() - position - 1;
                let count = length.saturating_sub(position + behind);
                pairs.push((
                    name.clone(),
                    Value::list(values.by_ref().take(count).collect()),
                ));
            }
            Parameter::Group(group) => {
                let inner = match values.next() {
                    Some(Value::List(list)) => list.items.clone(),
                    other => other.into_iter().collect(),
                };
                pairs.extend(matched(group, inner));
            }
        }
    }
    pairs
}

/// The element that a key stands for; `nil` without one.
fn element_of(value: &Value, key: &Value) -> Value {
    match (value, key) {
        (Value::Map(map), key) => {
            let found = map.items.iter().find(|(known, _)| known == key);
            found.map_or(Value::Nil, |(_, value)| value.clone())
        }
        (Value::List(list), Value::Integer(at)) => {
            let found = usize::try_from(*at).ok().and_then(|at| list.items.get(at));
            found.cloned().unwrap_or(Value::Nil)
        }
        _ => Value::Nil,
    }
}

/// `text << text`, and what else people try.
fn appended(before: &Value, added: &Value, range: &Range<usize>) -> Evaluated {
    match (before, added) {
        (Value::Text(text), Value::Text(more)) => Ok(Value::text(format!("{text}{more}"))),
        (Value::Text(_), other) => {
            let message = format!("`<<` wants a text here, not {}", other.noun());
            Err(Mistake::wrong(range, message))
        }
        (Value::Integer(_), _) => Err(Mistake::not_understood(
            range,
            "shifting bits is not supported",
        )),
        (other, _) => {
            let message = format!("`<<` does not work on {}", other.noun());
            Err(Mistake::wrong(range, message))
        }
    }
}
