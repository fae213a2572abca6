//! From words to statements: texts of the template, conditions, loops and their ends.

use std::ops::Range;

use crate::{
    ast::{DEEPEST, Expression, Node},
    mistake::{ELSEWHERE, MOST_MISTAKES, Mistake},
    template::Tag,
    token::{Token, TokenKind},
};

/// The way out without `rescue`.
pub(crate) const DEFAULTS: &str =
    "give a default instead: `ENV.fetch(\"NAME\", \"default\")`, `value || \"default\"`";
/// Parentheses, blocks and the like inside each other, at most.
const MOST_NESTED: usize = 24;

/// Reads statements and expressions from words.
pub(crate) struct Parser<'words> {
    pub(crate) tokens: &'words [Token],
    pub(crate) at: usize,
    /// Where the words end, for what is missing there.
    pub(crate) end: usize,
    pub(crate) nesting: usize,
    /// Blocks around the words.
    pub(crate) blocks: usize,
    /// The local variables known so far.
    pub(crate) known: Vec<String>,
    /// Mistakes in output tags; each of them is a world of its own.
    pub(crate) mistakes: Vec<Mistake>,
}

pub(crate) type Parsed<T> = Result<T, Mistake>;

/// Parses a whole template. All mistakes are told that do not follow from others.
pub(crate) fn program(tokens: &[Token], end: usize) -> Result<Vec<Expression>, Vec<Mistake>> {
    let mut parser = Parser {
        tokens,
        at: 0,
        end,
        nesting: 0,
        blocks: 0,
        known: Vec::new(),
        mistakes: Vec::new(),
    };
    let outcome = parser.statements(&[]).and_then(|body| {
        let rest = parser.peek().cloned();
        rest.map_or(Ok(body), |token| Err(stray(&token)))
    });
    match outcome {
        Ok(body) if parser.mistakes.is_empty() => Ok(body),
        Ok(_) => Err(parser.mistakes),
        Err(mistake) => {
            parser.mistakes.push(mistake);
            Err(parser.mistakes)
        }
    }
}

impl Parser<'_> {
    pub(crate) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(crate) fn peek_kind(&self) -> Option<&TokenKind> {
        self.peek().map(|token| &token.kind)
    }

    pub(crate) fn next_is(&self, operator: &str) -> bool {
        self.peek_kind()
            .is_some_and(|kind| kind.is_operator(operator))
    }

    pub(crate) fn next_is_name(&self, name: &str) -> bool {
        self.peek_kind().is_some_and(|kind| kind.is_name(name))
    }

    /// Takes the operator when it is next.
    pub(crate) fn take(&mut self, operator: &str) -> bool {
        let found = self.next_is(operator);
        self.at += usize::from(found);
        found
    }

    pub(crate) fn take_name(&mut self, name: &str) -> bool {
        let found = self.next_is_name(name);
        self.at += usize::from(found);
        found
    }

    pub(crate) fn skip_separators(&mut self) {
        while matches!(self.peek_kind(), Some(TokenKind::Separator)) {
            self.at += 1;
        }
    }

    /// The place of the next word, or the end.
    pub(crate) fn here(&self) -> Range<usize> {
        self.peek().map_or_else(
            || {
                let last = self.tokens.last();
                last.map_or(self.end..self.end, |token| token.range.clone())
            },
            |token| token.range.clone(),
        )
    }

    pub(crate) fn end_of_last(&self) -> usize {
        self.at
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(self.end, |token| token.range.end)
    }

    pub(crate) fn expect(&mut self, operator: &str, what: &str) -> Parsed<()> {
        if self.take(operator) {
            return Ok(());
        }
        Err(Mistake::not_understood(
            &self.here(),
            format!("`{operator}` is missing {what}"),
        ))
    }

    /// Runs `parse` one level deeper.
    pub(crate) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MOST_NESTED {
            return Err(too_deep(&self.here()));
        }
        self.nesting += 1;
        let parsed = parse(self);
        self.nesting -= 1;
        parsed
    }

    /// Statements up to one of the keywords or operators in `ends`, which is left, or the end of all.
    pub(crate) fn statements(&mut self, ends: &[&str]) -> Parsed<Vec<Expression>> {
        let mut body = Vec::new();
        loop {
            self.skip_separators();
            let is_end = match self.peek_kind() {
                None => true,
                Some(TokenKind::Name(name)) => ends.contains(&name.as_str()),
                Some(TokenKind::Operator(operator)) => ends.contains(operator),
                _ => false,
            };
            if is_end {
                return Ok(body);
            }
            let statement = self.statement()?;
            let from_template = matches!(statement.node, Node::Emit(_) | Node::Output(..));
            body.push(statement);
            if !from_template {
                self.end_of_statement(ends)?;
            }
        }
    }

    fn end_of_statement(&mut self, ends: &[&str]) -> Parsed<()> {
        match self.peek() {
            None => Ok(()),
            Some(token) => match &token.kind {
                TokenKind::Separator | TokenKind::Text(_) | TokenKind::Output(..) => Ok(()),
                TokenKind::Name(name) if ends.contains(&name.as_str()) => Ok(()),
                TokenKind::Operator(operator) if ends.contains(operator) => Ok(()),
                _ => Err(stray(&token.clone())),
            },
        }
    }

    fn statement(&mut self) -> Parsed<Expression> {
        let range = self.here();
        match self.peek_kind() {
            Some(TokenKind::Text(text)) => {
                let node = Node::Emit(text.clone());
                self.at += 1;
                make(node, range)
            }
            Some(TokenKind::Output(tag, words)) => {
                let (tag, words) = (tag.clone(), words.clone());
                self.at += 1;
                self.output(tag, words)
            }
            _ => self.code_statement(),
        }
    }

    /// An output tag. When it is not understood the rest still is looked at.
    fn output(&mut self, tag: Tag, words: Result<Vec<Token>, Mistake>) -> Parsed<Expression> {
        let parsed = words.and_then(|words| {
            let end = tag.inside.end;
            self.inside(&words, end, |parser| {
                parser.skip_separators();
                if parser.peek().is_none() {
                    return Err(Mistake::wrong(&tag.whole, "this tag is empty")
                        .help("put an expression into it, or delete it"));
                }
                let expression = parser.code_statement()?;
                parser.skip_separators();
                let rest = parser.peek().cloned();
                rest.map_or(Ok(expression), |token| Err(stray(&token)))
            })
        });
        let range = tag.whole.clone();
        let inner = match parsed {
            Ok(expression) => Ok(Box::new(expression)),
            Err(mistake) => {
                let is_spared = tag.in_comment && mistake.is_spared_in_comments();
                if !is_spared && self.mistakes.len() < MOST_MISTAKES {
                    self.mistakes.push(mistake.clone());
                }
                Err(mistake)
            }
        };
        make(Node::Output(tag, inner), range)
    }

    /// Parses other words with the same variables known.
    pub(crate) fn inside<T>(
        &mut self,
        tokens: &[Token],
        end: usize,
        parse: impl FnOnce(&mut Parser<'_>) -> Parsed<T>,
    ) -> Parsed<T> {
        let mut inner = Parser {
            tokens,
            at: 0,
            end,
            nesting: self.nesting,
            blocks: self.blocks,
            known: std::mem::take(&mut self.known),
            mistakes: Vec::new(),
        };
        let parsed = inner.nested(parse);
        self.known = inner.known;
        self.mistakes.append(&mut inner.mistakes);
        parsed
    }

    /// An expression with `and`, `or` and `if` or `unless` behind it.
    pub(crate) fn code_statement(&mut self) -> Parsed<Expression> {
        let mut statement = match self.spread()? {
            Some(assigned) => assigned,
            None => self.worded()?,
        };
        loop {
            let is_negated = match self.peek_kind() {
                Some(TokenKind::Name(name)) if name == "if" => false,
                Some(TokenKind::Name(name)) if name == "unless" => true,
                _ => return Ok(statement),
            };
            self.at += 1;
            let condition = self.worded()?;
            let range = statement.range.start..condition.range.end;
            let condition = if is_negated {
                negated(condition)?
            } else {
                condition
            };
            let node = Node::If {
                branches: vec![(condition, vec![statement])],
                otherwise: Vec::new(),
            };
            statement = make(node, range)?;
        }
    }

    /// `and`, `or` and `not`, which bind less than everything else.
    fn worded(&mut self) -> Parsed<Expression> {
        let mut left = self.word_not()?;
        loop {
            let is_and = match self.peek_kind() {
                Some(TokenKind::Name(name)) if name == "and" => true,
                Some(TokenKind::Name(name)) if name == "or" => false,
                _ => return Ok(left),
            };
            self.at += 1;
            self.skip_separators();
            let right = self.word_not()?;
            let range = left.range.start..right.range.end;
            let (left_box, right) = (Box::new(left), Box::new(right));
            let node = if is_and {
                Node::And(left_box, right)
            } else {
                Node::Or(left_box, right)
            };
            left = make(node, range)?;
        }
    }

    fn word_not(&mut self) -> Parsed<Expression> {
        let start = self.here();
        if !self.take_name("not") {
            return self.expression();
        }
        let inner = self.nested(Self::word_not)?;
        let range = start.start..inner.range.end;
        make(Node::Not(Box::new(inner)), range)
    }

    /// `if` or `unless` up to its `end`; the keyword was taken.
    pub(crate) fn condition(&mut self, keyword: &Token, is_negated: bool) -> Parsed<Expression> {
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        let mut negate = is_negated;
        loop {
            let mut condition = self.worded()?;
            if negate {
                condition = negated(condition)?;
            }
            negate = false;
            self.take_name("then");
            branches.push((condition, self.statements(&["elsif", "else", "end"])?));
            if !self.take_name("elsif") {
                break;
            }
        }
        if self.take_name("else") {
            otherwise = self.statements(&["end"])?;
        }
        self.expect_end(keyword)?;
        let range = keyword.range.start..self.end_of_last();
        let node = Node::If {
            branches,
            otherwise,
        };
        make(node, range)
    }

    /// `case` up to its `end`; the keyword was taken.
    pub(crate) fn case(&mut self, keyword: &Token) -> Parsed<Expression> {
        let subject = match self.peek_kind() {
            Some(TokenKind::Separator) | None => None,
            Some(kind) if kind.is_name("when") => None,
            _ => Some(Box::new(self.worded()?)),
        };
        self.skip_separators();
        let mut branches = Vec::new();
        while self.take_name("when") {
            let mut wanted = vec![self.argument()?];
            while self.take(",") {
                self.skip_separators();
                wanted.push(self.argument()?);
            }
            self.take_name("then");
            branches.push((wanted, self.statements(&["when", "else", "end"])?));
        }
        if branches.is_empty() {
            let message = "behind `case` a `when` is missing";
            return Err(Mistake::not_understood(&self.here(), message)
                .help("write `case value when \"one\" then … else … end`"));
        }
        let otherwise = if self.take_name("else") {
            self.statements(&["end"])?
        } else {
            Vec::new()
        };
        self.expect_end(keyword)?;
        let node = Node::Case {
            subject,
            branches,
            otherwise,
        };
        make(node, keyword.range.start..self.end_of_last())
    }

    pub(crate) fn expect_end(&mut self, opening: &Token) -> Parsed<()> {
        if self.take_name("end") {
            return Ok(());
        }
        let what = match &opening.kind {
            TokenKind::Name(name) => name.as_str(),
            _ => "block",
        };
        let message = format!("this `{what}` has no `end`");
        Err(Mistake::wrong(&opening.range, message)
            .help("put `<% end %>` behind what belongs to it"))
    }
}

fn too_deep(range: &Range<usize>) -> Mistake {
    Mistake::new(
        crate::MistakeKind::Limit,
        range,
        "the expressions are nested too deeply",
    )
    .help("store parts of them in local variables")
}

/// A node with its place, unless it is nested too deeply.
pub(crate) fn make(node: Node, range: Range<usize>) -> Parsed<Expression> {
    let depth = node.depth_below() + 1;
    if depth > DEEPEST {
        return Err(too_deep(&range));
    }
    Ok(Expression { node, range, depth })
}

/// A word that fits nowhere.
pub(crate) fn stray(token: &Token) -> Mistake {
    let range = &token.range;
    let closes = "it closes an `if`, `unless` or `each` in a tag above it";
    match &token.kind {
        TokenKind::Name(name) if name == "end" => {
            Mistake::wrong(range, "there is nothing that this `end` closes").help(closes)
        }
        TokenKind::Name(name) if matches!(name.as_str(), "else" | "elsif" | "when") => {
            let opening = if name == "when" { "case" } else { "if" };
            let message = format!("there is no `{opening}` that this `{name}` belongs to");
            Mistake::wrong(range, message)
        }
        TokenKind::Name(name) if name == "rescue" => {
            Mistake::not_understood(range, "`rescue` is not supported in ERB tags").help(DEFAULTS)
        }
        TokenKind::Name(name) if matches!(name.as_str(), "while" | "until") => {
            let message = format!("`{name}` is not supported in ERB tags");
            Mistake::not_understood(range, message).help(ELSEWHERE)
        }
        TokenKind::Name(name) | TokenKind::Constant(name) => {
            Mistake::not_understood(range, format!("`{name}` is not understood here"))
        }
        TokenKind::Operator("=") => Mistake::not_understood(
            range,
            "only local variables, their elements and `ENV[\"NAME\"]` can be assigned",
        )
        .help("make a new one: `name = name.merge(key => value)`"),
        TokenKind::Operator("**") => Mistake::not_understood(range, "`**` is not understood here")
            .help("lay one map over the other: `one.merge(other)`"),
        TokenKind::Operator(operator @ ("^" | ">>" | "~")) => {
            let message = format!("`{operator}` is not supported in ERB tags");
            Mistake::not_understood(range, message).help(ELSEWHERE)
        }
        TokenKind::Operator(operator) => {
            Mistake::not_understood(range, format!("`{operator}` is not understood here"))
        }
        TokenKind::Text(_) => {
            Mistake::wrong(range, "an expression ends with the tag that it begins in")
        }
        _ => Mistake::not_understood(range, "this is not understood here")
            .help("put a line end or `;` between two statements"),
    }
}

fn negated(condition: Expression) -> Parsed<Expression> {
    let range = condition.range.clone();
    make(Node::Not(Box::new(condition)), range)
}
