//! Ranges.

use std::rc::Rc;

use super::Arguments;
use crate::{
    evaluate::{Evaluator, elements},
    mistake::Mistake,
    range::Interval,
    value::Value,
};

pub(super) const METHODS: [&str; 12] = [
    "to_a", "each", "map", "include?", "cover?", "first", "last", "min", "max", "size", "step",
    "sum",
];

impl Evaluator<'_> {
    /// A method of a range: one of its own, or what a list of its elements answers.
    pub(super) fn range_method(
        &mut self,
        range: &Rc<Interval>,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        let has_block = arguments.call.block.is_some();
        Ok(Some(match arguments.call.name.as_str() {
            "include?" | "member?" | "cover?" | "===" => {
                Value::Boolean(range.covers(arguments.value(0)?))
            }
            "begin" | "first" if arguments.len() == 0 && !has_block => range.first.clone(),
            "end" => range.last.clone(),
            "step" | "%" => {
                let by = arguments.count(0)?.max(1);
                let place = &arguments.call.name_range;
                let items = elements(&Value::Range(Rc::clone(range)), place)?;
                let stepped = items.into_iter().step_by(by).collect();
                return self.given_to_block(stepped, arguments);
            }
            _ => {
                let place = &arguments.call.name_range;
                let items = elements(&Value::Range(Rc::clone(range)), place)?;
                let Value::List(list) = Value::list(items) else {
                    return Ok(None);
                };
                return self.list_method(&list, arguments);
            }
        }))
    }

    /// Each of the elements for the block; without one they are the answer.
    pub(crate) fn given_to_block(
        &mut self,
        items: Vec<Value>,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Value>, Mistake> {
        let range = &arguments.call.name_range;
        if let Some(block) = &arguments.call.block {
            for item in &items {
                self.block(block, vec![item.clone()], range)?;
                if self.leaving.is_some() {
                    break;
                }
            }
        }
        Ok(Some(Value::list(items)))
    }
}
