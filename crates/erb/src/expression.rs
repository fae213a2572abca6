//! From words to expressions: operators, calls, literals.

use crate::{
    ast::{Expression, Node, Piece},
    mistake::Mistake,
    names::refused_word,
    parser::{Parsed, Parser, make, stray},
    token::{Part, Token, TokenKind},
};

/// Operators from the loosest to the tightest; those of one row bind alike.
const ROWS: [&[&str]; 8] = [
    &["||"],
    &["&&"],
    &["<=>", "==", "===", "!=", "=~", "!~"],
    &["<", "<=", ">", ">="],
    &["|"],
    &["&"],
    &["<<"],
    &["+", "-"],
];
/// The row of `*` and its like, the tightest.
const TIGHTEST: [&str; 3] = ["*", "/", "%"];

impl Parser<'_> {
    /// An assignment, a condition with `?`, or anything tighter.
    pub(crate) fn expression(&mut self) -> Parsed<Expression> {
        self.nested(|parser| {
            if let Some(assigned) = parser.assignment()? {
                return Ok(assigned);
            }
            let condition = parser.range()?;
            let condition = match parser.item_assignment(condition)? {
                Ok(assigned) => return Ok(assigned),
                Err(condition) => condition,
            };
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

    /// `1..3`, `2..`, `..5`, or anything tighter.
    fn range(&mut self) -> Parsed<Expression> {
        let start = self.here();
        let nil = |range: &std::ops::Range<usize>| make(Node::Nil, range.end..range.end);
        let first = if self.next_is("..") || self.next_is("...") {
            nil(&(start.start..start.start))?
        } else {
            self.binary(0)?
        };
        let Some(operator) = ["..", "..."].into_iter().find(|dots| self.next_is(dots)) else {
            return Ok(first);
        };
        self.at += 1;
        let ends = match self.peek_kind() {
            None | Some(TokenKind::Separator) => true,
            Some(TokenKind::Operator(next)) => matches!(*next, ")" | "]" | "}" | ","),
            Some(kind) => kind.is_name("then"),
        };
        let last = if ends {
            nil(&(start.start..self.end_of_last()))?
        } else {
            self.binary(0)?
        };
        joined(operator, first, last)
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
        if self.take("-") || self.take("+") {
            let sign = if self.tokens[self.at - 1].kind.is_operator("-") {
                "-@"
            } else {
                "+@"
            };
            let inner = self.nested(|parser| parser.signed(sign))?;
            let range = start.start..inner.range.end;
            return make(inner.node, range);
        }
        self.power()
    }

    /// What stands behind a sign. That of a number belongs to it: `-2.abs` is 2, and `-2 ** 2` is -4.
    fn signed(&mut self, sign: &'static str) -> Parsed<Expression> {
        let number = match self.peek_kind() {
            Some(TokenKind::Integer(number)) if sign == "-@" => Some(Node::Integer(-number)),
            Some(TokenKind::Float(number)) if sign == "-@" => Some(Node::Float(-number)),
            _ => None,
        };
        let is_power = self
            .tokens
            .get(self.at + 1)
            .is_some_and(|next| next.kind.is_operator("**"));
        if let Some(node) = number.filter(|_| !is_power) {
            let range = self.here();
            self.at += 1;
            let number = make(node, range)?;
            return self.postfix(number);
        }
        let inner = self.unary()?;
        let range = inner.range.clone();
        let nothing = make(Node::Nil, range.clone())?;
        make(
            Node::Binary(sign, Box::new(inner), Box::new(nothing)),
            range,
        )
    }

    /// `2 ** 3 ** 2` is `2 ** 9`.
    fn power(&mut self) -> Parsed<Expression> {
        let primary = self.primary()?;
        let base = self.postfix(primary)?;
        if !self.take("**") {
            return Ok(base);
        }
        let exponent = self.nested(Self::unary)?;
        joined("**", base, exponent)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        let Some(token) = self.peek().cloned() else {
            let mistake = Mistake::not_understood(&self.here(), "a value is missing here");
            return Err(mistake.help("write one, or take out what stands before it"));
        };
        self.at += 1;
        let range = token.range.clone();
        let node = match token.kind.clone() {
            TokenKind::Integer(number) => Node::Integer(number),
            TokenKind::Float(number) => Node::Float(number),
            TokenKind::String(parts) => self.adjacent(&parts)?,
            TokenKind::Pattern(parts, flags) => Node::Pattern(self.pieces(&parts)?, flags),
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

    /// A text, and those that stand right behind it.
    fn adjacent(&mut self, parts: &[Part]) -> Parsed<Node> {
        let mut pieces = self.pieces(parts)?;
        while let Some(TokenKind::String(more)) = self.peek_kind().cloned() {
            self.at += 1;
            pieces.extend(self.pieces(&more)?);
        }
        Ok(Node::String(pieces))
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
            let name = name.clone();
            self.at += 1;
            let key = make(node, range.clone())?;
            if self.ends_pair() {
                // `{ name: }` takes the variable of that name.
                let token = Token {
                    kind: TokenKind::Name(name.clone()),
                    range,
                    spaced: true,
                };
                return Ok((key, self.named(name, &token)?));
            }
            key
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

impl Parser<'_> {
    fn ends_pair(&self) -> bool {
        match self.peek_kind() {
            Some(TokenKind::Operator(operator)) => matches!(*operator, "," | "}" | ")"),
            _ => false,
        }
    }
}

fn joined(operator: &'static str, left: Expression, right: Expression) -> Parsed<Expression> {
    let range = left.range.start..right.range.end;
    if operator == "<<" {
        match left.node {
            Node::Variable(name) => return make(Node::Append(name, vec![right]), range),
            Node::Append(name, mut values) => {
                values.push(right);
                return make(Node::Append(name, values), range);
            }
            _ => {}
        }
    }
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
