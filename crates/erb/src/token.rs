//! The words of Ruby code inside tags.

use std::ops::Range;

use crate::template::Tag;

/// One word and its place in the template.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) range: Range<usize>,
    /// Whether white space stands before it.
    pub(crate) spaced: bool,
}

/// What a word is.
#[derive(Clone, Debug)]
pub(crate) enum TokenKind {
    /// A line end, `;`, or the border of a tag.
    Separator,
    /// Text of the template.
    Text(Range<usize>),
    /// `<%= … %>`, its words still to be parsed.
    Output(Tag, Result<Vec<Token>, crate::Mistake>),
    Integer(i64),
    Float(f64),
    String(Vec<Part>),
    /// Backticks or `%x(…)`.
    Command(Vec<Part>),
    /// `/…/` with its flags.
    Pattern(Vec<Part>, String),
    Symbol(String),
    /// `%w[…]`, or `%i[…]` for symbols.
    Words {
        words: Vec<String>,
        symbols: bool,
    },
    /// `name:` before a value.
    Label(String),
    /// Something in lower case, keywords included.
    Name(String),
    /// Something in upper case.
    Constant(String),
    Operator(&'static str),
}

/// A part of a text with interpolation.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Literal(String),
    /// `#{…}`.
    Code(Vec<Token>, Range<usize>),
}

impl TokenKind {
    pub(crate) fn is_operator(&self, operator: &str) -> bool {
        matches!(self, Self::Operator(known) if *known == operator)
    }

    pub(crate) fn is_name(&self, name: &str) -> bool {
        matches!(self, Self::Name(known) if known == name)
    }

    /// Whether a value may end with this word, so that what follows continues it.
    pub(crate) fn ends_a_value(&self) -> bool {
        match self {
            Self::Operator(operator) => matches!(*operator, ")" | "]" | "}"),
            Self::Name(name) => !is_keyword(name),
            Self::Separator | Self::Text(_) | Self::Output(..) | Self::Label(_) => false,
            _ => true,
        }
    }
}

/// Words a value cannot end with.
fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "if" | "unless"
            | "elsif"
            | "else"
            | "then"
            | "do"
            | "and"
            | "or"
            | "not"
            | "while"
            | "until"
            | "return"
            | "in"
            | "when"
            | "case"
            | "require"
    )
}
