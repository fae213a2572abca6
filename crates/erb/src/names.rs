//! From words to names: keywords, local variables, functions, constants.

use crate::{
    ast::{Call, Expression, Leave, Node, RubyConstant},
    class::Class,
    mistake::{ELSEWHERE, Mistake},
    objects::{self, Object},
    parser::{DEFAULTS, Parsed, Parser, make, stray},
    token::{Token, TokenKind},
};

/// Functions that are part of the known Ruby.
const FUNCTIONS: [&str; 4] = ["require", "raise", "format", "sprintf"];

/// Functions that are written like constants.
const CONVERSIONS: [&str; 4] = ["Array", "Float", "Integer", "String"];

/// Words of Ruby that are beyond the known part.
const REFUSED: [&str; 28] = [
    "while",
    "until",
    "for",
    "begin",
    "def",
    "class",
    "module",
    "return",
    "loop",
    "lambda",
    "proc",
    "rescue",
    "ensure",
    "yield",
    "self",
    "puts",
    "print",
    "p",
    "system",
    "load",
    "require_relative",
    "defined?",
    "binding",
    "eval",
    "exit",
    "abort",
    "sleep",
    "open",
];

impl Parser<'_> {
    /// A keyword, a local variable or a function.
    pub(crate) fn named(&mut self, name: String, token: &Token) -> Parsed<Expression> {
        let node = match name.as_str() {
            "nil" => Node::Nil,
            "true" => Node::Boolean(true),
            "false" => Node::Boolean(false),
            "if" => return self.nested(|parser| parser.condition(token, false)),
            "unless" => return self.nested(|parser| parser.condition(token, true)),
            "case" => return self.nested(|parser| parser.case(token)),
            "next" => return self.leave(Leave::Next, token),
            "break" => return self.leave(Leave::Break, token),
            "end" | "else" | "elsif" | "when" => return Err(stray(token)),
            _ if self.known.contains(&name) => Node::Variable(name),
            _ if FUNCTIONS.contains(&name.as_str()) => {
                let call = self.call(name, token.range.clone(), false)?;
                let range = token.range.start..self.end_of_last();
                return make(Node::Function(call), range);
            }
            _ => return Err(unknown_name(&name, token, &self.known)),
        };
        make(node, token.range.clone())
    }

    /// `next` or `break`, with or without a value.
    fn leave(&mut self, leave: Leave, token: &Token) -> Parsed<Expression> {
        if self.blocks == 0 {
            let message = "`next` and `break` stand in the block of a loop";
            return Err(Mistake::wrong(&token.range, message));
        }
        let value = if self.opens_bare_arguments() {
            Some(Box::new(self.expression()?))
        } else {
            None
        };
        let range = token.range.start..self.end_of_last();
        make(Node::Leave(leave, value), range)
    }

    /// A constant: one of Ruby's texts about itself, or a well-known object with a call behind it.
    pub(crate) fn constant(&mut self, first: String, token: &Token) -> Parsed<Expression> {
        let mut path = first;
        while self.next_is("::") {
            let Some(TokenKind::Constant(name)) =
                self.tokens.get(self.at + 1).map(|token| &token.kind)
            else {
                break;
            };
            path = format!("{path}::{name}");
            self.at += 2;
        }
        let range = token.range.start..self.end_of_last();
        let ruby = match path.as_str() {
            "RUBY_ENGINE" => Some(RubyConstant::Engine),
            "RUBY_VERSION" | "RUBY_ENGINE_VERSION" => Some(RubyConstant::Version),
            _ => None,
        };
        if let Some(constant) = ruby {
            return make(Node::Ruby(constant), range);
        }
        let is_call = self.next_is("(") && self.peek().is_some_and(|token| !token.spaced);
        if is_call && CONVERSIONS.contains(&path.as_str()) {
            let call = self.call(path, range, false)?;
            let range = token.range.start..self.end_of_last();
            return make(Node::Function(call), range);
        }
        if let Some(class) = Class::named(&path) {
            return make(Node::Class(class), range);
        }
        let Some(object) = Object::named(&path) else {
            return Err(objects::unknown(&path, &range));
        };
        let call = if self.opens_index() {
            self.index()?
        } else if let Some(safe) = self.opens_call() {
            self.call_behind_dot(safe)?
        } else {
            return Err(Mistake::not_understood(
                &range,
                format!("`{path}` cannot be used as a value here"),
            )
            .help(object.example()));
        };
        let range = token.range.start..self.end_of_last();
        if object == Object::Env && call.name == "[]" {
            return self.variable_of_environment(call, range);
        }
        make(Node::Object(object, call), range)
    }

    /// `ENV[name]`, or an assignment to it.
    fn variable_of_environment(
        &mut self,
        mut call: Call,
        range: std::ops::Range<usize>,
    ) -> Parsed<Expression> {
        let is_supported = self.next_is("||=") || self.next_is("=");
        let Some((when, _)) = is_supported.then(|| self.take_assigning()).flatten() else {
            return make(Node::Object(Object::Env, call), range);
        };
        let value = self.expression()?;
        let range = range.start..value.range.end;
        let Some(name) = call.arguments.pop().filter(|_| call.arguments.is_empty()) else {
            return Err(Mistake::wrong(
                &call.name_range,
                "wrong number of arguments",
            ));
        };
        let node = Node::SetEnv {
            name: Box::new(name),
            value: Box::new(value),
            when,
        };
        make(node, range)
    }
}

fn unknown_name(name: &str, token: &Token, known: &[String]) -> Mistake {
    if REFUSED.contains(&name) {
        return refused_word(name, token);
    }
    let message = format!("undefined local variable or method `{name}' for main:Object");
    let near = known
        .iter()
        .max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)))
        .filter(|near| strsim::jaro(near, name) > 0.8);
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if name.starts_with('_') => {
            "name the parameter of the block: `{ |item| item }`".to_owned()
        }
        None if name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_') =>
        {
            let variable = name.to_uppercase();
            format!(
                "assign it first: `<% {name} = … %>`; an environment variable is `ENV.fetch(\"{variable}\")`"
            )
        }
        None => ELSEWHERE.to_owned(),
    };
    Mistake::not_understood(&token.range, message).help(help)
}

pub(crate) fn refused_word(name: &str, token: &Token) -> Mistake {
    let help = match name {
        "for" | "while" | "until" | "loop" => "write `list.each do |item| … end`",
        "begin" | "rescue" | "ensure" => DEFAULTS,
        "puts" | "print" | "p" => "write `<%= value %>`",
        "system" => "write `%x(command)`",
        "defined?" => "assign the variable first, and test it with `.nil?`",
        "open" => "write `File.read(\"path\")`",
        _ => ELSEWHERE,
    };
    let message = format!("`{name}` is not supported in ERB tags");
    Mistake::not_understood(&token.range, message).help(help)
}
