//! Runs a parsed template, within a budget.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    rc::Rc,
};

use crate::{
    ast::{Call, Expression, Leave, Node, Piece},
    map::SourceMap,
    mistake::{MOST_MISTAKES, Mistake, MistakeKind},
    order::is_case,
    pattern::Pattern,
    range::{Endless, MOST_ELEMENTS},
    render::Skipped,
    runtime::Runtime,
    template::Tag,
    value::{COST, Map, Value, YamlReader},
};

/// What a template may cost: bytes of text and [`COST`] for each value and step. It ends in well under a second.
const BUDGET: usize = 8 * 1024 * 1024;
/// The longest text that one expression may make.
const LONGEST: usize = 1024 * 1024;
/// The longest text that a template may render to.
const MOST_RENDERED: usize = 4 * 1024 * 1024;
/// Lists inside each other, at most.
const DEEPEST_VALUE: usize = 64;
/// The way out of a regular expression that is not supported.
const SIMPLER: &str = "use plain sets and groups, as in `/[^a-z0-9]+/`; look-around and back references are not known here";
/// Tags in comments that are passed over in one file.
const MOST_SKIPPED: usize = 1000;

pub(crate) type Evaluated = Result<Value, Mistake>;

/// A template at work.
pub(crate) struct Evaluator<'a> {
    pub(crate) source: &'a str,
    pub(crate) runtime: &'a mut dyn Runtime,
    pub(crate) yaml: YamlReader,
    pub(crate) rendered: String,
    pub(crate) map: SourceMap,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) mistakes: Vec<Mistake>,
    /// The places of the tags in `skipped`.
    skipped_at: BTreeSet<usize>,
    pub(crate) scopes: Vec<BTreeMap<String, Value>>,
    /// What was asked for by a `next` or `break` that has not arrived yet, with what it gives.
    pub(crate) leaving: Option<(Leave, Value)>,
    left: usize,
    pub(crate) in_comment: bool,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(source: &'a str, runtime: &'a mut dyn Runtime, yaml: YamlReader) -> Self {
        Self {
            source,
            runtime,
            yaml,
            rendered: String::new(),
            map: SourceMap::default(),
            skipped: Vec::new(),
            skipped_at: BTreeSet::new(),
            mistakes: Vec::new(),
            scopes: vec![BTreeMap::new()],
            leaving: None,
            left: BUDGET,
            in_comment: false,
        }
    }

    /// Takes from the budget.
    pub(crate) fn spend(&mut self, range: &Range<usize>, cost: usize) -> Result<(), Mistake> {
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Mistake::new(
                MistakeKind::Limit,
                range,
                "this template takes too long or makes too much text",
            )
            .help("render the file with a program of your own before dhow reads it")),
        }
    }

    /// A value that was made, when the budget allows it.
    pub(crate) fn made(&mut self, value: Value, range: &Range<usize>) -> Evaluated {
        self.spend(range, value.cost())?;
        self.check_size(&value, range)?;
        Ok(value)
    }

    pub(crate) fn check_size(
        &mut self,
        value: &Value,
        range: &Range<usize>,
    ) -> Result<(), Mistake> {
        let too_long = matches!(value, Value::Text(text) if text.len() > LONGEST);
        if too_long || value.depth() > DEEPEST_VALUE {
            self.spend(range, usize::MAX)?;
        }
        Ok(())
    }

    /// Runs statements; the value is the last one's.
    pub(crate) fn body(&mut self, statements: &[Expression]) -> Evaluated {
        let mut last = Value::Nil;
        for statement in statements {
            // What nobody asked for holds nothing any longer when it is changed.
            drop(last);
            last = self.value(statement)?;
            if self.leaving.is_some() {
                break;
            }
        }
        Ok(last)
    }

    /// The values of arguments or elements, `*list` spread out. Whoever takes them looks at all of each, which
    /// costs as much however short it is to name a variable once more.
    pub(crate) fn all(&mut self, expressions: &[Expression]) -> Result<Vec<Value>, Mistake> {
        let mut values = Vec::new();
        for expression in expressions {
            if let Node::Splat(inner) = &expression.node {
                let inner = self.value(inner)?;
                let items = elements(&inner, &expression.range)?;
                self.spend(&expression.range, inner.cost() + COST * items.len())?;
                values.extend(items);
            } else {
                let value = self.value(expression)?;
                self.spend(&expression.range, value.cost())?;
                values.push(value);
            }
        }
        Ok(values)
    }

    /// The value of an expression.
    pub(crate) fn value(&mut self, expression: &Expression) -> Evaluated {
        let range = &expression.range;
        self.spend(range, COST)?;
        match &expression.node {
            Node::Nil => Ok(Value::Nil),
            Node::Boolean(value) => Ok(Value::Boolean(*value)),
            Node::Integer(number) => Ok(Value::Integer(*number)),
            Node::Float(number) => Ok(Value::Float(*number)),
            Node::Symbol(name) => Ok(Value::Symbol(name.as_str().into())),
            Node::String(pieces) => {
                let text = self.text(pieces, range)?;
                self.made(Value::text(text), range)
            }
            Node::Command(pieces) => self.command(pieces, range),
            Node::Pattern(pieces, flags) => self.pattern(pieces, flags, range),
            Node::Class(class) => Ok(Value::Class(*class)),
            Node::Splat(inner) => self.value(inner),
            Node::List(items) => {
                let items = self.all(items)?;
                self.made(Value::list(items), range)
            }
            Node::Map(pairs) => self.new_map(pairs, range),
            Node::Variable(name) => Ok(self.variable(name)),
            Node::Ruby(constant) => self.ruby(*constant, range),
            Node::Group(body) => self.body(body),
            Node::Emit(text) => self.emit(text.clone()),
            Node::Output(tag, inner) => self.output(tag, inner.as_deref()),
            node => self.action(node, range),
        }
    }

    /// What does more than make a value.
    fn action(&mut self, node: &Node, range: &Range<usize>) -> Evaluated {
        match node {
            Node::Assign { name, value, when } => self.assigned(name, value, *when),
            Node::Spread(targets, value) => self.spread(targets, value),
            Node::SetItem {
                name,
                key,
                value,
                when,
            } => self.set_item(name, key, value, *when, range),
            Node::Append(name, value) => self.append(name, value, range),
            Node::SetEnv { name, value, when } => self.set_env(name, value, *when),
            Node::Not(inner) => Ok(Value::Boolean(!self.value(inner)?.is_true())),
            Node::And(left, right) => {
                let left = self.value(left)?;
                if left.is_true() {
                    self.value(right)
                } else {
                    Ok(left)
                }
            }
            Node::Or(left, right) => {
                let left = self.value(left)?;
                if left.is_true() {
                    Ok(left)
                } else {
                    self.value(right)
                }
            }
            Node::Binary(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.spend(range, left.cost().max(right.cost()))?;
                let joined = crate::methods::binary(operator, &left, &right, range)?;
                self.made(joined, range)
            }
            Node::If {
                branches,
                otherwise,
            } => {
                for (condition, body) in branches {
                    if self.value(condition)?.is_true() {
                        return self.body(body);
                    }
                }
                self.body(otherwise)
            }
            Node::Case {
                subject,
                branches,
                otherwise,
            } => self.case(subject.as_deref(), branches, otherwise),
            Node::Leave(leave, value) => {
                let value = match value {
                    Some(value) => self.value(value)?,
                    None => Value::Nil,
                };
                self.leaving = Some((*leave, value));
                Ok(Value::Nil)
            }
            Node::Call(receiver, call) => self.called(receiver, call, range),
            Node::Object(object, call) => {
                let result = self.object(*object, call, range)?;
                let result = self.broken_off(result);
                self.made(result, range)
            }
            Node::Function(call) => self.function(call, range),
            _ => Ok(Value::Nil),
        }
    }

    fn case(
        &mut self,
        subject: Option<&Expression>,
        branches: &[(Vec<Expression>, Vec<Expression>)],
        otherwise: &[Expression],
    ) -> Evaluated {
        let subject = match subject {
            Some(subject) => Some(self.value(subject)?),
            None => None,
        };
        for (wanted, body) in branches {
            for wanted in self.all(wanted)? {
                let fits = match &subject {
                    Some(subject) => is_case(&wanted, subject),
                    None => wanted.is_true(),
                };
                if fits {
                    return self.body(body);
                }
            }
        }
        self.body(otherwise)
    }

    fn pattern(&mut self, pieces: &[Piece], flags: &str, range: &Range<usize>) -> Evaluated {
        let source = self.text(pieces, range)?;
        self.spend(range, COST * source.len())?;
        let pattern = Pattern::new(&source, flags)
            .map_err(|problem| Mistake::not_understood(range, problem).help(SIMPLER))?;
        Ok(Value::Pattern(Rc::new(pattern)))
    }

    fn called(&mut self, written: &Expression, call: &Call, range: &Range<usize>) -> Evaluated {
        if let Some(result) = self.indexed(written, call)? {
            let result = self.broken_off(result);
            return self.made(result, range);
        }
        if let ("push" | "append", Node::Variable(name)) = (call.name.as_str(), &written.node) {
            return self.append(name, &call.arguments, range);
        }
        let receiver = self.value(written)?;
        if call.safe && receiver == Value::Nil {
            return Ok(Value::Nil);
        }
        // A method looks at all of its receiver at most a few times.
        self.spend(range, receiver.cost())?;
        let result = self.method(&receiver, written, call)?;
        let result = self.broken_off(result);
        self.made(result, range)
    }

    /// What a call gives whose block may have been ended by `break`.
    fn broken_off(&mut self, result: Value) -> Value {
        match self.leaving.take() {
            Some((Leave::Break, value)) => value,
            leaving => {
                self.leaving = leaving;
                result
            }
        }
    }

    fn new_map(&mut self, pairs: &[(Expression, Expression)], range: &Range<usize>) -> Evaluated {
        let mut values = Vec::new();
        for (key, value) in pairs {
            values.push((self.value(key)?, self.value(value)?));
        }
        self.made(Value::map(values), range)
    }

    /// The text of literal and interpolated pieces.
    pub(crate) fn text(
        &mut self,
        pieces: &[Piece],
        range: &Range<usize>,
    ) -> Result<String, Mistake> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Code(body) => {
                    let value = self.body(body)?;
                    self.spend(range, value.cost())?;
                    text.push_str(&shown(&value, range)?);
                }
            }
        }
        Ok(text)
    }

    fn emit(&mut self, text: Range<usize>) -> Evaluated {
        let source = self.source;
        self.write(&source[text.clone()], text, false)?;
        Ok(Value::Nil)
    }

    fn write(&mut self, text: &str, source: Range<usize>, inserted: bool) -> Result<(), Mistake> {
        self.spend(&source, text.len())?;
        if self.rendered.len() + text.len() > MOST_RENDERED {
            self.spend(&source, usize::MAX)?;
        }
        self.rendered.push_str(text);
        self.map.push(text.len(), source, inserted);
        Ok(())
    }

    /// Inserts the value of a tag. A mistake in one is noted, so that those of the others are told too.
    fn output(&mut self, tag: &Tag, inner: Result<&Expression, &Mistake>) -> Evaluated {
        self.in_comment = tag.in_comment;
        let text = match inner {
            Ok(expression) => self
                .value(expression)
                .and_then(|value| shown(&value, &expression.range)),
            Err(mistake) => Err(mistake.clone()),
        };
        self.in_comment = false;
        match text {
            Ok(text) => self.write(&text, tag.whole.clone(), true)?,
            Err(mistake) if tag.in_comment && mistake.is_spared_in_comments() => {
                self.skip(tag, mistake)?;
            }
            Err(mistake) => {
                let ends_all =
                    mistake.kind == MistakeKind::Limit || self.mistakes.len() >= MOST_MISTAKES;
                if ends_all {
                    return Err(mistake);
                }
                if !self.mistakes.contains(&mistake) {
                    self.mistakes.push(mistake);
                }
            }
        }
        Ok(Value::Nil)
    }

    /// Leaves a tag in a comment as it is written; only its first line, because the rest is no comment.
    pub(crate) fn skip(&mut self, tag: &Tag, mistake: Mistake) -> Result<(), Mistake> {
        let rendered_at = self.rendered.len();
        if self.skipped_at.insert(tag.whole.start) {
            if self.skipped.len() >= MOST_SKIPPED {
                let kind = MistakeKind::Limit;
                return Err(Mistake { kind, ..mistake });
            }
            self.skipped.push(Skipped {
                mistake,
                rendered_at,
            });
        }
        let whole = &self.source[tag.whole.clone()];
        let first_line = whole.lines().next().unwrap_or_default().len();
        self.emit(tag.whole.start..tag.whole.start + first_line)?;
        Ok(())
    }
}

/// What a tag inserts for a value.
fn shown(value: &Value, range: &Range<usize>) -> Result<Rc<str>, Mistake> {
    if matches!(value, Value::Map(_)) {
        return Err(Mistake::not_understood(
            range,
            "a map cannot be inserted as it is; Ruby versions write it differently",
        )
        .help("put `.to_json` behind it: JSON is YAML too"));
    }
    Ok(value.to_text())
}

/// The pairs of a map as lists of two.
pub(crate) fn pairs(map: &Map) -> Vec<Value> {
    let pair = |(key, value): &(Value, Value)| Value::list(vec![key.clone(), value.clone()]);
    map.items.iter().map(pair).collect()
}

/// The elements that a value is taken apart into, as `*value` and loops do.
pub(crate) fn elements(value: &Value, range: &Range<usize>) -> Result<Vec<Value>, Mistake> {
    Ok(match value {
        Value::Nil => Vec::new(),
        Value::List(list) => list.items.clone(),
        Value::Map(map) => pairs(map),
        Value::Range(interval) => interval.items().map_err(|endless| {
            let message = match endless {
                Endless::Uncountable => "the elements of this range cannot be counted".to_owned(),
                Endless::TooMany => format!("a range of more than {MOST_ELEMENTS} elements"),
            };
            let kind = match endless {
                Endless::Uncountable => MistakeKind::Wrong,
                Endless::TooMany => MistakeKind::Limit,
            };
            Mistake::new(kind, range, message)
        })?,
        other => vec![other.clone()],
    })
}
