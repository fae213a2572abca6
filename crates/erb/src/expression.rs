//! From words to expressions: operators, calls, literals.

use crate::{
    ast::{Expression, Node, Piece},
    mistake::{Mistake, MistakeKind},
    names::refused_word,
    parser::{Parsed, Parser, make, stray},
    token::{Part, TokenKind},
};

/// Operators from the loosest to the tightest; those of one row bind alike.
const ROWS: [&[&str]; 6] = [
    &["..", "..."],
    &["||"],
    &["&&"],
    &["==", "!="],
    &["<", "<=", ">", ">="],
    &["+", "-"],
];
/// Local variables of a template, at most.
const MOST_VARIABLES: usize = 1000;
/// The row of `*` and its like, the tightest.
const TIGHTEST: [&str; 3] = ["*", "/", "%"];

impl Parser<'_> {
    /// An assignment, a condition with `?`, or anything tighter.
    pub(crate) fn expression(&mut self) -> Parsed<Expression> {
        self.nested(|parser| {
            if let Some(assigned) = parser.assignment()? {
                return Ok(assigned);
            }
            let condition = parser.binary(0)?;
            if !parser.take("?") {
                return Ok(condition);
            }
            parser.skip_separators();
            let yes = parser.expression()?;
            parser.skip_separators();
            parser.expect(":", "between the two values of this condition")?;
            parser.skip_separators();
            let no = parser.expression()?;
            let range = condition.range.start..no.range.end;
            let node = Node::If {
                branches: vec![(condition, vec![yes])],
                otherwise: vec![no],
            };
            make(node, range)
        })
    }

    /// `name = value`, `name ||= value` or `name += value`.
    fn assignment(&mut self) -> Parsed<Option<Expression>> {
        let (Some(token), Some(follows)) = (self.peek(), self.tokens.get(self.at + 1)) else {
            return Ok(None);
        };
        let (TokenKind::Name(name), TokenKind::Operator(operator)) = (&token.kind, &follows.kind)
        else {
            return Ok(None);
        };
        if !matches!(*operator, "=" | "||=" | "+=") {
            return Ok(None);
        }
        let (name, operator, start) = (name.clone(), *operator, token.range.clone());
        self.at += 2;
        self.skip_separators();
        if !self.known.contains(&name) {
            self.known.push(name.clone());
        }
        if self.known.len() > MOST_VARIABLES {
            return Err(Mistake::new(
                MistakeKind::Limit,
                &start,
                "too many local variables",
            ));
        }
        let mut value = self.expression()?;
        let range = start.start..value.range.end;
        if operator == "+=" {
            let before = make(Node::Variable(name.clone()), start)?;
            let sum = Node::Binary("+", Box::new(before), Box::new(value));
            value = make(sum, range.clone())?;
        }
        let node = Node::Assign {
            name,
            value: Box::new(value),
            when_empty: operator == "||=",
        };
        make(node, range).map(Some)
    }

    /// Operators of the row and all tighter ones.
    fn binary(&mut self, row: usize) -> Parsed<Expression> {
        let Some(operators) = ROWS.get(row) else {
            return self.tightest();
        };
        let mut left = self.binary(row + 1)?;
        while let Some(operator) = self.take_one_of(operators) {
            let right = self.binary(row + 1)?;
            left = joined(operator, left, right)?;
        }
        Ok(left)
    }

    fn tightest(&mut self) -> Parsed<Expression> {
        let mut left = self.unary()?;
        while let Some(operator) = self.take_one_of(&TIGHTEST) {
            let right = self.unary()?;
            left = joined(operator, left, right)?;
        }
        Ok(left)
    }

    fn take_one_of(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        let found = operators
            .iter()
            .copied()
            .find(|operator| self.next_is(operator))?;
        self.at += 1;
        self.skip_separators();
        Some(found)
    }

    fn unary(&mut self) -> Parsed<Expression> {
        let start = self.here();
        if self.take("!") {
            let inner = self.nested(Self::unary)?;
            let range = start.start..inner.range.end;
            return make(Node::Not(Box::new(inner)), range);
        }
        if self.take("-") {
            let inner = self.nested(Self::unary)?;
            let range = start.start..inner.range.end;
            let zero = make(Node::Integer(0), start)?;
            let node = Node::Binary("-", Box::new(zero), Box::new(inner));
            return make(node, range);
        }
        let primary = self.primary()?;
        self.postfix(primary)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        let Some(token) = self.peek().cloned() else {
            return Err(Mistake::not_understood(
                &self.here(),
                "a value is missing here",
            ));
        };
        self.at += 1;
        let range = token.range.clone();
        let node = match token.kind.clone() {
            TokenKind::Integer(number) => Node::Integer(number),
            TokenKind::Float(number) => Node::Float(number),
            TokenKind::String(parts) => Node::String(self.pieces(&parts)?),
            TokenKind::Command(parts) => Node::Command(self.pieces(&parts)?),
            TokenKind::Symbol(name) => Node::Symbol(name),
            TokenKind::Words { words, symbols } => word_list(words, symbols, &range)?,
            TokenKind::Name(name) => return self.named(name, &token),
            TokenKind::Constant(name) => return self.constant(name, &token),
            TokenKind::Operator("(") => {
                let body = self.nested(|parser| parser.statements(&[")"]))?;
                self.expect(")", "behind this expression")?;
                Node::Group(body)
            }
            TokenKind::Operator("[") => Node::List(self.nested(|parser| parser.arguments("]"))?.0),
            TokenKind::Operator("{") => Node::Map(self.nested(Self::pairs)?),
            TokenKind::Operator("->") => return Err(refused_word("lambda", &token)),
            TokenKind::Text(_) | TokenKind::Output(..) | TokenKind::Separator => {
                let before = self.at.saturating_sub(2);
                let range = self.tokens[before].range.clone();
                return Err(Mistake::not_understood(
                    &range,
                    "a value is missing behind this",
                ));
            }
            _ => return Err(stray(&token)),
        };
        let range = range.start..self.end_of_last();
        make(node, range)
    }

    fn pieces(&mut self, parts: &[Part]) -> Parsed<Vec<Piece>> {
        let mut pieces = Vec::new();
        for part in parts {
            pieces.push(match part {
                Part::Literal(text) => Piece::Literal(text.clone()),
                Part::Code(tokens, range) => {
                    let body = self.inside(tokens, range.end, |parser| {
                        let body = parser.statements(&[])?;
                        let rest = parser.peek().cloned();
                        rest.map_or(Ok(body), |token| Err(stray(&token)))
                    })?;
                    Piece::Code(body)
                }
            });
        }
        Ok(pieces)
    }

    /// The pairs of a map up to its `}`, which is taken.
    fn pairs(&mut self) -> Parsed<Vec<(Expression, Expression)>> {
        let mut pairs = Vec::new();
        loop {
            self.skip_separators();
            if self.take("}") {
                return Ok(pairs);
            }
            pairs.push(self.pair()?);
            self.skip_separators();
            if !self.take(",") && !self.next_is("}") {
                return Err(Mistake::not_understood(
                    &self.here(),
                    "`,` or `}` is missing here",
                ));
            }
        }
    }

    /// `key: value`, `"key": value` or `key => value`.
    pub(crate) fn pair(&mut self) -> Parsed<(Expression, Expression)> {
        let range = self.here();
        let key = if let Some(TokenKind::Label(name)) = self.peek_kind() {
            let node = Node::Symbol(name.clone());
            self.at += 1;
            make(node, range)?
        } else {
            let key = self.expression()?;
            match &key.node {
                Node::String(pieces) if self.next_is(":") => {
                    self.at += 1;
                    let text = match pieces.as_slice() {
                        [Piece::Literal(text)] => text.clone(),
                        _ => String::new(),
                    };
                    make(Node::Symbol(text), range)?
                }
                _ => {
                    self.expect("=>", "between key and value")?;
                    key
                }
            }
        };
        self.skip_separators();
        Ok((key, self.expression()?))
    }
}

fn joined(operator: &'static str, left: Expression, right: Expression) -> Parsed<Expression> {
    let range = left.range.start..right.range.end;
    let (left, right) = (Box::new(left), Box::new(right));
    let node = match operator {
        "||" => Node::Or(left, right),
        "&&" => Node::And(left, right),
        _ => Node::Binary(operator, left, right),
    };
    make(node, range)
}

fn word_list(words: Vec<String>, symbols: bool, range: &std::ops::Range<usize>) -> Parsed<Node> {
    let word = |word| {
        let node = if symbols {
            Node::Symbol(word)
        } else {
            Node::String(vec![Piece::Literal(word)])
        };
        make(node, range.clone())
    };
    let items: Parsed<Vec<Expression>> = words.into_iter().map(word).collect();
    Ok(Node::List(items?))
}
