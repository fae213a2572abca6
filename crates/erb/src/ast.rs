//! What the code of a template means, before it runs.

use std::ops::Range;

use crate::{class::Class, objects::Object, template::Tag};

/// Levels of expressions inside each other, at most; it keeps recursion within the stack.
pub(crate) const DEEPEST: usize = 100;

/// A node with its place.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) node: Node,
    pub(crate) range: Range<usize>,
    /// Levels below it, itself included.
    pub(crate) depth: usize,
}

/// What an expression does.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Nil,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    String(Vec<Piece>),
    Command(Vec<Piece>),
    /// A regular expression with its flags.
    Pattern(Vec<Piece>, String),
    Symbol(String),
    List(Vec<Expression>),
    Map(Vec<(Expression, Expression)>),
    Variable(String),
    /// `RUBY_VERSION` and its like.
    Ruby(RubyConstant),
    /// `String` and its like.
    Class(Class),
    Assign {
        name: String,
        value: Box<Expression>,
        when: When,
    },
    /// `a, b = …`.
    Spread(Vec<Parameter>, Box<Expression>),
    /// `name[key] = value`, where `name` is a local variable.
    SetItem {
        name: String,
        key: Box<Expression>,
        value: Box<Expression>,
        when: When,
    },
    /// `name << one << two`, where `name` is a local variable.
    Append(String, Vec<Expression>),
    /// `ENV[name] = value`.
    SetEnv {
        name: Box<Expression>,
        value: Box<Expression>,
        when: When,
    },
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    If {
        branches: Vec<(Expression, Vec<Expression>)>,
        otherwise: Vec<Expression>,
    },
    /// `case subject`, or without a subject.
    Case {
        subject: Option<Box<Expression>>,
        branches: Vec<(Vec<Expression>, Vec<Expression>)>,
        otherwise: Vec<Expression>,
    },
    /// `next` or `break` with what the block or the loop gives.
    Leave(Leave, Option<Box<Expression>>),
    /// `*list` among arguments or elements.
    Splat(Box<Expression>),
    /// A method of a value.
    Call(Box<Expression>, Call),
    /// A method of a well-known object such as `ENV`.
    Object(Object, Call),
    /// `require`, `raise`.
    Function(Call),
    /// `( … )`.
    Group(Vec<Expression>),
    /// Text of the template.
    Emit(Range<usize>),
    /// `<%= … %>`; without an expression when the tag is passed over with a warning.
    Output(Tag, Result<Box<Expression>, crate::Mistake>),
}

/// When an assignment takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    /// `||=`.
    Empty,
    /// `&&=`.
    Set,
}

/// What ends before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// This run of the block.
    Next,
    /// The whole loop.
    Break,
}

/// Where a value goes that is taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Name(String),
    /// `*rest`.
    Rest(String),
    /// `(key, value)`.
    Group(Vec<Parameter>),
}

impl Parameter {
    /// The variables that are set.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Name(name) | Self::Rest(name) => vec![name.clone()],
            Self::Group(group) => group.iter().flat_map(Self::names).collect(),
        }
    }
}

/// Name and arguments of a call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) name_range: Range<usize>,
    pub(crate) arguments: Vec<Expression>,
    pub(crate) block: Option<Block>,
    /// `&.`.
    pub(crate) safe: bool,
}

/// What is done with each element.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    /// `do |a, b| … end` or `{ |a, b| … }`.
    Code {
        parameters: Vec<Parameter>,
        body: Vec<Expression>,
    },
    /// `&:name`.
    Method(String),
}

/// A part of a text with interpolation.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Literal(String),
    Code(Vec<Expression>),
}

/// What a Ruby says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RubyConstant {
    Engine,
    Version,
}

impl Node {
    /// The levels below this node.
    pub(crate) fn depth_below(&self) -> usize {
        match self {
            Self::String(pieces) | Self::Command(pieces) | Self::Pattern(pieces, _) => pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Literal(_) => 0,
                    Piece::Code(body) => deepest(body),
                })
                .max()
                .unwrap_or(0),
            Self::List(items) | Self::Group(items) | Self::Append(_, items) => deepest(items),
            Self::Map(pairs) => deepest(pairs.iter().flat_map(|(key, value)| [key, value])),
            Self::Assign { value, .. }
            | Self::Not(value)
            | Self::Spread(_, value)
            | Self::Splat(value)
            | Self::Leave(_, Some(value)) => value.depth,
            Self::SetEnv { name, value, .. }
            | Self::SetItem {
                key: name, value, ..
            } => name.depth.max(value.depth),
            Self::And(left, right) | Self::Or(left, right) | Self::Binary(_, left, right) => {
                left.depth.max(right.depth)
            }
            Self::If {
                branches,
                otherwise,
            } => {
                let below = |(condition, body): &(Expression, Vec<Expression>)| {
                    condition.depth.max(deepest(body))
                };
                let branches = branches.iter().map(below).max().unwrap_or(0);
                branches.max(deepest(otherwise))
            }
            Self::Case {
                subject,
                branches,
                otherwise,
            } => {
                let below = |(wanted, body): &(Vec<Expression>, Vec<Expression>)| {
                    deepest(wanted).max(deepest(body))
                };
                let branches = branches.iter().map(below).max().unwrap_or(0);
                let subject = subject.as_ref().map_or(0, |subject| subject.depth);
                branches.max(deepest(otherwise)).max(subject)
            }
            Self::Call(receiver, call) => receiver.depth.max(call.depth()),
            Self::Object(_, call) | Self::Function(call) => call.depth(),
            Self::Output(_, Ok(inner)) => inner.depth,
            _ => 0,
        }
    }
}

impl Call {
    fn depth(&self) -> usize {
        let block = match &self.block {
            Some(Block::Code { body, .. }) => deepest(body),
            _ => 0,
        };
        deepest(&self.arguments).max(block)
    }
}

fn deepest<'a>(expressions: impl IntoIterator<Item = &'a Expression>) -> usize {
    expressions
        .into_iter()
        .map(|expression| expression.depth)
        .max()
        .unwrap_or(0)
}
