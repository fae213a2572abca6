//! From words to calls: what stands behind a value, arguments, blocks.

use crate::{
    ast::{Block, Call, Expression, Node, Parameter},
    mistake::Mistake,
    parser::{Parsed, Parser, make},
    token::TokenKind,
};

impl Parser<'_> {
    /// Calls and look-ups behind a value.
    pub(crate) fn postfix(&mut self, mut value: Expression) -> Parsed<Expression> {
        loop {
            let start = value.range.start;
            let call = if self.opens_index() {
                self.index()?
            } else if let Some(safe) = self.opens_call() {
                self.call_behind_dot(safe)?
            } else {
                return Ok(value);
            };
            let range = start..self.end_of_last();
            value = make(Node::Call(Box::new(value), call), range)?;
        }
    }

    /// `[` right behind a value.
    pub(crate) fn opens_index(&self) -> bool {
        self.next_is("[") && self.peek().is_some_and(|token| !token.spaced)
    }

    /// Takes `.` or `&.`, also at the beginning of the next line, and tells which it was.
    pub(crate) fn opens_call(&mut self) -> Option<bool> {
        let here = self.at;
        self.skip_separators();
        for (operator, safe) in [(".", false), ("&.", true)] {
            if self.take(operator) {
                self.skip_separators();
                return Some(safe);
            }
        }
        self.at = here;
        None
    }

    pub(crate) fn index(&mut self) -> Parsed<Call> {
        let name_range = self.here();
        self.at += 1;
        let (arguments, _) = self.arguments("]")?;
        Ok(Call {
            name: "[]".to_owned(),
            name_range: name_range.start..self.end_of_last(),
            arguments,
            block: None,
            safe: false,
        })
    }

    pub(crate) fn call_behind_dot(&mut self, safe: bool) -> Parsed<Call> {
        let name_range = self.here();
        let name = match self.peek_kind() {
            Some(TokenKind::Name(name) | TokenKind::Constant(name)) => name.clone(),
            // `x.y ? a.b: c` glues the colon to the name.
            _ => {
                return Err(Mistake::not_understood(
                    &name_range,
                    "the name of a method is missing behind the dot",
                ));
            }
        };
        self.at += 1;
        self.call(name, name_range, safe)
    }

    /// Arguments and block behind the name of a method.
    pub(crate) fn call(
        &mut self,
        name: String,
        name_range: std::ops::Range<usize>,
        safe: bool,
    ) -> Parsed<Call> {
        let is_glued = self.peek().is_some_and(|token| !token.spaced);
        let (arguments, passed) = if self.next_is("(") && is_glued {
            self.at += 1;
            self.arguments(")")?
        } else if self.opens_bare_arguments() {
            self.bare_arguments()?
        } else {
            (Vec::new(), None)
        };
        let block = match passed {
            Some(method) => Some(Block::Method(method)),
            None => self.block()?,
        };
        Ok(Call {
            name,
            name_range,
            arguments,
            block,
            safe,
        })
    }

    /// Whether arguments follow without parentheses.
    pub(crate) fn opens_bare_arguments(&self) -> bool {
        let Some(token) = self.peek().filter(|token| token.spaced) else {
            return false;
        };
        match &token.kind {
            TokenKind::Integer(_)
            | TokenKind::Float(_)
            | TokenKind::String(_)
            | TokenKind::Command(_)
            | TokenKind::Pattern(..)
            | TokenKind::Symbol(_)
            | TokenKind::Words { .. }
            | TokenKind::Label(_)
            | TokenKind::Constant(_) => true,
            TokenKind::Name(name) => !matches!(
                name.as_str(),
                "if" | "unless"
                    | "then"
                    | "do"
                    | "and"
                    | "or"
                    | "end"
                    | "else"
                    | "elsif"
                    | "when"
                    | "while"
                    | "until"
                    | "rescue"
            ),
            // `list.map &:name`, but not `one & two`.
            TokenKind::Operator("&") => self
                .tokens
                .get(self.at + 1)
                .is_some_and(|next| matches!(next.kind, TokenKind::Symbol(_)) && !next.spaced),
            _ => false,
        }
    }

    fn bare_arguments(&mut self) -> Parsed<(Vec<Expression>, Option<String>)> {
        let mut arguments = Vec::new();
        loop {
            if let Some(method) = self.passed_method()? {
                return Ok((gathered(arguments)?, Some(method)));
            }
            arguments.push(self.argument()?);
            if !self.take(",") {
                return Ok((gathered(arguments)?, None));
            }
            self.skip_separators();
        }
    }

    /// Arguments up to `close`, which is taken; the second is the method of `&:method`.
    pub(crate) fn arguments(&mut self, close: &str) -> Parsed<(Vec<Expression>, Option<String>)> {
        let mut arguments = Vec::new();
        let mut passed = None;
        loop {
            self.skip_separators();
            if self.take(close) {
                return Ok((gathered(arguments)?, passed));
            }
            match self.passed_method()? {
                Some(method) => passed = Some(method),
                None => arguments.push(self.argument()?),
            }
            self.skip_separators();
            if !self.take(",") && !self.next_is(close) {
                return Err(Mistake::not_understood(
                    &self.here(),
                    format!("`,` or `{close}` is missing here"),
                ));
            }
        }
    }

    /// The method of `&:method`, when it is next.
    fn passed_method(&mut self) -> Parsed<Option<String>> {
        if !self.take("&") {
            return Ok(None);
        }
        let Some(TokenKind::Symbol(method)) = self.peek_kind() else {
            return Err(Mistake::not_understood(
                &self.here(),
                "behind `&` only the name of a method can stand",
            )
            .help("write `&:name`, or a block: `{ |item| … }`"));
        };
        let method = method.clone();
        self.at += 1;
        Ok(Some(method))
    }

    /// One argument or element: a value, `*list`, or a pair such as `name: value`, which becomes a map of its own.
    pub(crate) fn argument(&mut self) -> Parsed<Expression> {
        let start = self.here();
        if self.take("*") {
            let list = self.expression()?;
            let range = start.start..list.range.end;
            return make(Node::Splat(Box::new(list)), range);
        }
        let is_pair = matches!(self.peek_kind(), Some(TokenKind::Label(_)));
        if !is_pair {
            let value = self.expression()?;
            if !self.take("=>") {
                return Ok(value);
            }
            self.skip_separators();
            let other = self.expression()?;
            let range = start.start..other.range.end;
            return make(Node::Map(vec![(value, other)]), range);
        }
        let pair = self.pair()?;
        let range = pair.0.range.start..pair.1.range.end;
        make(Node::Map(vec![pair]), range)
    }

    /// `do |a| … end` or `{ |a| … }`, when it is next.
    fn block(&mut self) -> Parsed<Option<Block>> {
        let Some(opening) = self.peek().cloned() else {
            return Ok(None);
        };
        let close = match () {
            () if self.take_name("do") => "end",
            () if self.take("{") => "}",
            () => return Ok(None),
        };
        let parameters = self.parameters()?;
        let before = self.known.len();
        self.known
            .extend(parameters.iter().flat_map(Parameter::names));
        self.blocks += 1;
        let body = self.nested(|parser| parser.statements(&[close]))?;
        self.blocks -= 1;
        self.known.truncate(before);
        if close == "end" {
            self.expect_end(&opening)?;
        } else {
            self.expect("}", "behind this block")?;
        }
        Ok(Some(Block::Code { parameters, body }))
    }

    fn parameters(&mut self) -> Parsed<Vec<Parameter>> {
        if self.take("||") || !self.take("|") {
            return Ok(Vec::new());
        }
        self.parameters_up_to("|")
    }

    /// Parameters between commas up to `close`, which is taken.
    fn parameters_up_to(&mut self, close: &'static str) -> Parsed<Vec<Parameter>> {
        let mut parameters = Vec::new();
        loop {
            let is_rest = self.take("*");
            parameters.push(if !is_rest && self.take("(") {
                Parameter::Group(self.nested(|parser| parser.parameters_up_to(")"))?)
            } else {
                let Some(TokenKind::Name(name)) = self.peek_kind() else {
                    return Err(Mistake::not_understood(
                        &self.here(),
                        "the parameters of a block are plain names",
                    )
                    .help("write `|item|`, or `|key, value|`"));
                };
                let name = name.clone();
                self.at += 1;
                if is_rest {
                    Parameter::Rest(name)
                } else {
                    Parameter::Name(name)
                }
            });
            if !self.take(",") {
                self.expect(close, "behind the parameters")?;
                return Ok(parameters);
            }
        }
    }
}

/// Pairs at the end of arguments are one map.
fn gathered(mut arguments: Vec<Expression>) -> Parsed<Vec<Expression>> {
    let is_pair = |argument: &Expression| match &argument.node {
        Node::Map(pairs) => pairs
            .first()
            .is_some_and(|(key, _)| key.range.start == argument.range.start),
        _ => false,
    };
    let from = arguments
        .iter()
        .rposition(|argument| !is_pair(argument))
        .map_or(0, |last| last + 1);
    if arguments.len() - from < 2 {
        return Ok(arguments);
    }
    let mut pairs = Vec::new();
    let (mut start, mut end) = (usize::MAX, 0);
    for argument in arguments.split_off(from) {
        (start, end) = (start.min(argument.range.start), argument.range.end);
        if let Node::Map(more) = argument.node {
            pairs.extend(more);
        }
    }
    arguments.push(make(Node::Map(pairs), start..end)?);
    Ok(arguments)
}
