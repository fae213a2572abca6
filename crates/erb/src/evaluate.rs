//! Runs a parsed template, within a budget.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    rc::Rc,
};

use crate::{
    ast::{Block, Call, Expression, Node, Piece, RubyConstant},
    map::SourceMap,
    mistake::{MOST_MISTAKES, Mistake, MistakeKind},
    objects::said,
    render::Skipped,
    runtime::Runtime,
    template::Tag,
    value::{COST, Value, YamlReader},
};

/// What a template may cost: bytes of text and [`COST`] for each value and step. It ends in well under a second.
const BUDGET: usize = 8 * 1024 * 1024;
/// The longest text that one expression may make.
const LONGEST: usize = 1024 * 1024;
/// The longest text that a template may render to.
const MOST_RENDERED: usize = 4 * 1024 * 1024;
/// Lists inside each other, at most.
const DEEPEST_VALUE: usize = 64;
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
    scopes: Vec<BTreeMap<String, Value>>,
    left: usize,
    in_comment: bool,
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
    fn made(&mut self, value: Value, range: &Range<usize>) -> Evaluated {
        self.spend(range, value.cost())?;
        let too_long = matches!(&value, Value::Text(text) if text.len() > LONGEST);
        if too_long || value.depth() > DEEPEST_VALUE {
            self.spend(range, usize::MAX)?;
        }
        Ok(value)
    }

    /// Runs statements; the value is the last one's.
    pub(crate) fn body(&mut self, statements: &[Expression]) -> Evaluated {
        let mut last = Value::Nil;
        for statement in statements {
            last = self.value(statement)?;
        }
        Ok(last)
    }

    /// The values of arguments or elements. Whoever takes them looks at all of each, which costs as much however
    /// short it is to name a variable once more.
    pub(crate) fn all(&mut self, expressions: &[Expression]) -> Result<Vec<Value>, Mistake> {
        let mut values = Vec::with_capacity(expressions.len());
        for expression in expressions {
            let value = self.value(expression)?;
            self.spend(&expression.range, value.cost())?;
            values.push(value);
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
            Node::Assign {
                name,
                value,
                when_empty,
            } => self.assigned(name, value, *when_empty),
            Node::SetEnv {
                name,
                value,
                when_empty,
            } => self.set_env(name, value, *when_empty),
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
            Node::Call(receiver, call) => self.called(receiver, call, range),
            Node::Object(object, call) => {
                let result = self.object(*object, call, range)?;
                self.made(result, range)
            }
            Node::Function(call) => self.function(call, range),
            _ => Ok(Value::Nil),
        }
    }

    fn assigned(&mut self, name: &str, value: &Expression, when_empty: bool) -> Evaluated {
        let before = self.variable(name);
        if when_empty && before.is_true() {
            return Ok(before);
        }
        let value = self.value(value)?;
        self.assign(name, value.clone());
        Ok(value)
    }

    fn called(&mut self, written: &Expression, call: &Call, range: &Range<usize>) -> Evaluated {
        let receiver = self.value(written)?;
        if call.safe && receiver == Value::Nil {
            return Ok(Value::Nil);
        }
        // A method looks at all of its receiver at most a few times.
        self.spend(range, receiver.cost())?;
        let result = self.method(&receiver, written, call)?;
        self.made(result, range)
    }

    fn new_map(&mut self, pairs: &[(Expression, Expression)], range: &Range<usize>) -> Evaluated {
        let mut values = Vec::new();
        for (key, value) in pairs {
            values.push((self.value(key)?, self.value(value)?));
        }
        self.made(Value::map(values), range)
    }

    /// The text of literal and interpolated pieces.
    fn text(&mut self, pieces: &[Piece], range: &Range<usize>) -> Result<String, Mistake> {
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

    fn variable(&self, name: &str) -> Value {
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

    fn set_env(&mut self, name: &Expression, value: &Expression, when_empty: bool) -> Evaluated {
        let Value::Text(variable) = self.value(name)? else {
            return Err(Mistake::wrong(
                &name.range,
                "the name of an environment variable is a text",
            ));
        };
        if let Some(before) = self.runtime.variable(&variable).filter(|_| when_empty) {
            return Ok(Value::text(before));
        }
        let assigned = self.value(value)?;
        // The variables keep copies.
        self.spend(&value.range, assigned.cost())?;
        match &assigned {
            Value::Nil => self.runtime.set_variable(&variable, None),
            Value::Text(text) => self.runtime.set_variable(&variable, Some(text)),
            other => {
                let noun = other.noun();
                let message = format!("an environment variable cannot be set to {noun}");
                return Err(Mistake::wrong(&value.range, message).help("put `.to_s` behind it"));
            }
        }
        Ok(assigned)
    }

    fn command(&mut self, pieces: &[Piece], range: &Range<usize>) -> Evaluated {
        let command = self.text(pieces, range)?;
        let outside = |message: String| Mistake::new(MistakeKind::Outside, range, message);
        let ended = self
            .runtime
            .run(&command)
            .map_err(|error| outside(said(&error)))?;
        match ended.exit_code {
            Some(0) => {}
            Some(code) => {
                return Err(outside(format!("the command ended with exit code {code}")).help(
                    "Kamal goes on with what it printed; to do so too, put `|| true` behind the command",
                ));
            }
            None => return Err(outside("the command was ended by a signal".to_owned())),
        }
        let text = String::from_utf8(ended.output)
            .map_err(|_| outside("what the command printed is not valid UTF-8".to_owned()))?;
        self.made(Value::text(text), range)
    }

    fn ruby(&mut self, constant: RubyConstant, range: &Range<usize>) -> Evaluated {
        // What stands in a comment makes no difference, so that no Ruby is looked for.
        if constant == RubyConstant::Engine || self.in_comment {
            return Ok(Value::text("ruby"));
        }
        let version = self.runtime.ruby_version();
        version.map(Value::text).ok_or_else(|| {
            Mistake::new(
                MistakeKind::Outside,
                range,
                "there is no Ruby here whose version could be told",
            )
            .help("write the version itself, or read it: `File.read(\".ruby-version\").strip`")
        })
    }

    fn function(&mut self, call: &Call, range: &Range<usize>) -> Evaluated {
        let values = self.all(&call.arguments)?;
        let text = values.last().map(Value::to_text).unwrap_or_default();
        if call.name == "raise" {
            let message = match call.arguments.last().map(|argument| &argument.node) {
                Some(Node::String(pieces)) => match pieces.as_slice() {
                    [Piece::Literal(words)] => words.as_str(),
                    // What is interpolated may be secret.
                    _ => "the template stops here with `raise`",
                },
                _ => "the template stops here with `raise`",
            };
            return Err(Mistake::wrong(range, message));
        }
        match &*text {
            "dotenv" | "json" | "yaml" | "erb" | "psych" | "kamal" => Ok(Value::Boolean(true)),
            "dotenv/load" => {
                let call = Call {
                    name: "load".to_owned(),
                    arguments: Vec::new(),
                    ..call.clone()
                };
                self.object(crate::objects::Object::Dotenv, &call, range)
            }
            _ => Err(Mistake::not_understood(
                range,
                "only \"dotenv\", \"dotenv/load\", \"json\" and \"yaml\" can be required",
            )
            .help(crate::mistake::ELSEWHERE)),
        }
    }

    /// Runs a block for one element.
    pub(crate) fn block(
        &mut self,
        block: &Block,
        mut given: Vec<Value>,
        range: &Range<usize>,
    ) -> Evaluated {
        self.spend(range, COST)?;
        match block {
            Block::Method(name) => {
                let receiver = given.first().cloned().unwrap_or(Value::Nil);
                let call = Call {
                    name: name.clone(),
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
            Block::Code { parameters, body } => {
                let spread = match given.as_slice() {
                    [Value::List(list)] if parameters.len() > 1 => Some(list.items.clone()),
                    _ => None,
                };
                given = spread.unwrap_or(given);
                given.resize(parameters.len(), Value::Nil);
                self.scopes
                    .push(parameters.iter().cloned().zip(given).collect());
                let result = self.body(body);
                self.scopes.pop();
                result
            }
        }
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
