//! From words to assignments.

use crate::{
    ast::{Expression, Node, Parameter, When},
    mistake::{Mistake, MistakeKind},
    parser::{Parsed, Parser, make},
    token::TokenKind,
};

/// Local variables of a template, at most.
const MOST_VARIABLES: usize = 1000;

/// An operator that assigns: when it does, and the operator that it applies before.
fn assigning(operator: &str) -> Option<(When, Option<&'static str>)> {
    Some(match operator {
        "=" => (When::Always, None),
        "||=" => (When::Empty, None),
        "&&=" => (When::Set, None),
        "+=" => (When::Always, Some("+")),
        "-=" => (When::Always, Some("-")),
        "*=" => (When::Always, Some("*")),
        "/=" => (When::Always, Some("/")),
        "**=" => (When::Always, Some("**")),
        _ => return None,
    })
}

impl Parser<'_> {
    /// Takes an operator that assigns.
    pub(crate) fn take_assigning(&mut self) -> Option<(When, Option<&'static str>)> {
        let Some(TokenKind::Operator(operator)) = self.peek_kind() else {
            return None;
        };
        let found = assigning(operator)?;
        self.at += 1;
        self.skip_separators();
        Some(found)
    }

    /// `name = value`, `name ||= value`, `name += value` and the like.
    pub(crate) fn assignment(&mut self) -> Parsed<Option<Expression>> {
        let (Some(token), Some(follows)) = (self.peek(), self.tokens.get(self.at + 1)) else {
            return Ok(None);
        };
        let (TokenKind::Name(name), TokenKind::Operator(operator)) = (&token.kind, &follows.kind)
        else {
            return Ok(None);
        };
        if assigning(operator).is_none() {
            return Ok(None);
        }
        let (name, start) = (name.clone(), token.range.clone());
        self.at += 1;
        let Some((when, applied)) = self.take_assigning() else {
            return Ok(None);
        };
        self.learn(&name, &start)?;
        let value = self.right_side(applied, || {
            make(Node::Variable(name.clone()), start.clone())
        })?;
        let range = start.start..value.range.end;
        let node = Node::Assign {
            name,
            value: Box::new(value),
            when,
        };
        make(node, range).map(Some)
    }

    /// What is assigned; `a += 1` assigns `a + 1`. Some values behind `=` are a list.
    fn right_side(
        &mut self,
        applied: Option<&'static str>,
        before: impl FnOnce() -> Parsed<Expression>,
    ) -> Parsed<Expression> {
        let value = self.expression()?;
        let Some(operator) = applied else {
            return Ok(value);
        };
        let before = before()?;
        let range = before.range.start..value.range.end;
        make(
            Node::Binary(operator, Box::new(before), Box::new(value)),
            range,
        )
    }

    fn learn(&mut self, name: &str, range: &std::ops::Range<usize>) -> Parsed<()> {
        if !self.known.iter().any(|known| known == name) {
            self.known.push(name.to_owned());
        }
        if self.known.len() > MOST_VARIABLES {
            return Err(Mistake::new(
                MistakeKind::Limit,
                range,
                "too many local variables",
            ));
        }
        Ok(())
    }

    /// `name[key] = value` and the like, when `target` is such an element and an operator follows that assigns.
    /// Otherwise `target` is given back.
    pub(crate) fn item_assignment(
        &mut self,
        target: Expression,
    ) -> Parsed<Result<Expression, Expression>> {
        let (name, key) = match &target.node {
            Node::Call(receiver, call) if call.name == "[]" => {
                match (&receiver.node, call.arguments.as_slice()) {
                    (Node::Variable(name), [key]) => (name.clone(), key.clone()),
                    _ => return Ok(Err(target)),
                }
            }
            _ => return Ok(Err(target)),
        };
        let Some((when, applied)) = self.take_assigning() else {
            return Ok(Err(target));
        };
        let start = target.range.start;
        let value = self.right_side(applied, || Ok(target))?;
        let range = start..value.range.end;
        let node = Node::SetItem {
            name,
            key: Box::new(key),
            value: Box::new(value),
            when,
        };
        make(node, range).map(Ok)
    }

    /// `a, b = …` and `first, *rest = …`, when they are next.
    pub(crate) fn spread(&mut self) -> Parsed<Option<Expression>> {
        let start = self.at;
        let range = self.here();
        let Some(targets) = self.targets() else {
            self.at = start;
            return Ok(None);
        };
        self.skip_separators();
        for name in targets.iter().flat_map(Parameter::names) {
            self.learn(&name, &range)?;
        }
        let first = self.argument()?;
        let value = if self.next_is(",") {
            let mut items = vec![first];
            while self.take(",") {
                self.skip_separators();
                items.push(self.argument()?);
            }
            let place = items[0].range.start..self.end_of_last();
            make(Node::List(items), place)?
        } else {
            first
        };
        let range = range.start..value.range.end;
        make(Node::Spread(targets, Box::new(value)), range).map(Some)
    }

    /// Names and `*name` between commas, up to a `=`, which is taken; none when something else stands here.
    fn targets(&mut self) -> Option<Vec<Parameter>> {
        let mut targets = Vec::new();
        loop {
            let is_rest = self.take("*");
            let Some(TokenKind::Name(name)) = self.peek_kind() else {
                return None;
            };
            let name = name.clone();
            self.at += 1;
            targets.push(if is_rest {
                Parameter::Rest(name)
            } else {
                Parameter::Name(name)
            });
            if !self.take(",") {
                break;
            }
        }
        let is_several = targets.len() > 1 || matches!(targets[..], [Parameter::Rest(_)]);
        (is_several && self.take("=")).then_some(targets)
    }
}
