//! Ruby's names for kinds of values.

use crate::value::Value;

/// A kind of value, as `is_a?`, `when` and `.class` name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named as in Ruby")]
pub enum Class {
    Array,
    FalseClass,
    Float,
    Hash,
    Integer,
    NilClass,
    Numeric,
    Range,
    Regexp,
    String,
    Symbol,
    TrueClass,
}

const ALL: [Class; 12] = [
    Class::Array,
    Class::FalseClass,
    Class::Float,
    Class::Hash,
    Class::Integer,
    Class::NilClass,
    Class::Numeric,
    Class::Range,
    Class::Regexp,
    Class::String,
    Class::Symbol,
    Class::TrueClass,
];

impl Class {
    pub(crate) fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|class| class.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Array => "Array",
            Self::FalseClass => "FalseClass",
            Self::Float => "Float",
            Self::Hash => "Hash",
            Self::Integer => "Integer",
            Self::NilClass => "NilClass",
            Self::Numeric => "Numeric",
            Self::Range => "Range",
            Self::Regexp => "Regexp",
            Self::String => "String",
            Self::Symbol => "Symbol",
            Self::TrueClass => "TrueClass",
        }
    }

    /// The class of a value; none of a class itself.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Nil => Self::NilClass,
            Value::Boolean(true) => Self::TrueClass,
            Value::Boolean(false) => Self::FalseClass,
            Value::Integer(_) => Self::Integer,
            Value::Float(_) => Self::Float,
            Value::Text(_) => Self::String,
            Value::Symbol(_) => Self::Symbol,
            Value::List(_) => Self::Array,
            Value::Map(_) => Self::Hash,
            Value::Range(_) => Self::Range,
            Value::Pattern(_) => Self::Regexp,
            Value::Class(_) => return None,
        })
    }

    /// Whether a value is of this class.
    pub(crate) fn holds(self, value: &Value) -> bool {
        let is_number = matches!(value, Value::Integer(_) | Value::Float(_));
        Self::of(value) == Some(self) || (self == Self::Numeric && is_number)
    }
}
