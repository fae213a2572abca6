//! From words to calls: what stands behind a value, arguments, blocks.

use crate::{
    ast::{Block, Call, Expression, Node},
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
                    | "while"
                    | "until"
                    | "rescue"
            ),
            _ => false,
        }
    }

    fn bare_arguments(&mut self) -> Parsed<(Vec<Expression>, Option<String>)> {
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.argument()?);
            if !self.take(",") {
                return Ok((arguments, None));
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
                return Ok((arguments, passed));
            }
            if self.take("&") {
                let Some(TokenKind::Symbol(method)) = self.peek_kind() else {
                    return Err(Mistake::not_understood(
                        &self.here(),
                        "behind `&` only the name of a method can stand",
                    )
                    .help("write `&:name`, or a block: `{ |item| … }`"));
                };
                passed = Some(method.clone());
                self.at += 1;
            } else {
                arguments.push(self.argument()?);
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

    /// One argument; `name: value` pairs are gathered into a map, one each.
    fn argument(&mut self) -> Parsed<Expression> {
        if !matches!(self.peek_kind(), Some(TokenKind::Label(_))) {
            return self.expression();
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
        self.known.extend(parameters.iter().cloned());
        let body = self.nested(|parser| parser.statements(&[close]))?;
        self.known.truncate(before);
        if close == "end" {
            self.expect_end(&opening)?;
        } else {
            self.expect("}", "behind this block")?;
        }
        Ok(Some(Block::Code { parameters, body }))
    }

    fn parameters(&mut self) -> Parsed<Vec<String>> {
        let mut parameters = Vec::new();
        if self.take("||") || !self.take("|") {
            return Ok(parameters);
        }
        loop {
            let Some(TokenKind::Name(name)) = self.peek_kind() else {
                return Err(Mistake::not_understood(
                    &self.here(),
                    "the parameters of a block are plain names",
                )
                .help("write `|item|`, or `|key, value|`"));
            };
            parameters.push(name.clone());
            self.at += 1;
            if !self.take(",") {
                self.expect("|", "behind the parameters")?;
                return Ok(parameters);
            }
        }
    }
}
