//! From the code of a tag to its words.

use std::ops::Range;

use crate::{
    literal,
    mistake::{Mistake, MistakeKind},
    token::{Token, TokenKind},
};

/// Interpolation inside interpolation, at most.
const DEEPEST: usize = 8;

/// The bytes of a name, at most.
const LONGEST_NAME: usize = 100;

/// Longest first, so that the first that fits is the right one.
const OPERATORS: [&str; 50] = [
    "<=>", "===", "**=", "&&=", "||=", "...", "**", "==", "=~", "=>", "!=", "!~", ">=", "<=", "<<",
    ">>", "&&", "||", "+=", "-=", "*=", "/=", "&.", "::", "..", "->", "+", "-", "*", "/", "%", "=",
    "<", ">", "!", "?", ":", ",", ".", "(", ")", "[", "]", "{", "}", "|", "&", "^", "~", "@",
];

/// Reads words from the code between two places of the template.
pub(crate) struct Lexer<'source> {
    pub(crate) source: &'source str,
    pub(crate) at: usize,
    pub(crate) end: usize,
    pub(crate) depth: usize,
}

/// The words of the code in `range`.
pub(crate) fn words(source: &str, range: Range<usize>) -> Result<Vec<Token>, Mistake> {
    let mut lexer = Lexer {
        source,
        at: range.start,
        end: range.end,
        depth: 0,
    };
    let words = lexer.until_end()?;
    Ok(words)
}

impl Lexer<'_> {
    pub(crate) fn rest(&self) -> &str {
        &self.source[self.at..self.end]
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn next(&mut self) -> Option<char> {
        // `%%>` stands for `%>` inside of a tag.
        if self.rest().starts_with("%%>") {
            self.at += 1;
        }
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn until_end(&mut self) -> Result<Vec<Token>, Mistake> {
        let mut tokens = Vec::new();
        while let Some(token) = self.token(tokens.last())? {
            tokens.push(token);
        }
        Ok(tokens)
    }

    /// The words up to the `}` that closes an interpolation, which is taken too.
    pub(crate) fn interpolation(&mut self, open: usize) -> Result<Vec<Token>, Mistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Mistake::new(
                MistakeKind::Limit,
                &(open..open + 2),
                "too many interpolations inside each other",
            ));
        }
        let mut tokens: Vec<Token> = Vec::new();
        let mut braces = 0_usize;
        while let Some(token) = self.token(tokens.last())? {
            if token.kind.is_operator("{") {
                braces += 1;
            } else if token.kind.is_operator("}") {
                if braces == 0 {
                    self.depth -= 1;
                    return Ok(tokens);
                }
                braces -= 1;
            }
            tokens.push(token);
        }
        Err(
            Mistake::not_understood(&(open..open + 2), "this interpolation is not closed")
                .help("end it with `}`"),
        )
    }

    fn token(&mut self, before: Option<&Token>) -> Result<Option<Token>, Mistake> {
        let gap = self.at;
        self.skip_blanks();
        let (start, spaced) = (self.at, self.at > gap || before.is_none());
        let Some(first) = self.peek() else {
            return Ok(None);
        };
        let continues = before.is_some_and(|token| token.kind.ends_a_value());
        let kind = match first {
            '\n' | ';' => {
                self.next();
                TokenKind::Separator
            }
            '0'..='9' => self.number()?,
            '"' | '\'' | '`' => literal::quoted(self)?,
            '%' if literal::opens_percent(self.rest(), continues, spaced) => {
                literal::percent(self)?
            }
            ':' if self.opens_symbol(start) => self.symbol()?,
            '/' if !continues => literal::pattern(self)?,
            ':' if self.opens_operator_symbol(start) => {
                self.next();
                let TokenKind::Operator(operator) = self.operator(first)? else {
                    return Ok(None);
                };
                TokenKind::Symbol(operator.to_owned())
            }
            '<' if !continues && self.opens_heredoc() => {
                return Err(Mistake::not_understood(
                    &(start..start + 2),
                    "texts of several lines with `<<` are not supported in ERB tags",
                )
                .help("write a text in quotes, its line ends as `\\n`"));
            }
            _ if first == '_' || first.is_alphabetic() => self.name(before)?,
            _ => self.operator(first)?,
        };
        Ok(Some(Token {
            kind,
            range: start..self.at,
            spaced,
        }))
    }

    /// White space, comments, and line ends behind a backslash.
    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            if rest.starts_with("\\\n") {
                self.at += 2;
            } else if rest.starts_with([' ', '\t', '\r']) {
                self.at += 1;
            } else if rest.starts_with('#') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else {
                return;
            }
        }
    }

    fn number(&mut self) -> Result<TokenKind, Mistake> {
        let start = self.at;
        if let Some(number) = self.number_with_base() {
            return Ok(TokenKind::Integer(number));
        }
        let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'_';
        self.take_while(is_digit);
        let mut is_whole = true;
        let mut rest = self.rest().bytes();
        if rest.next() == Some(b'.') && rest.next().is_some_and(|byte| byte.is_ascii_digit()) {
            is_whole = false;
            self.at += 1;
            self.take_while(is_digit);
        }
        if let Some(length) = exponent(self.rest()) {
            is_whole = false;
            self.at += length;
        }
        let digits = self.source[start..self.at].replace('_', "");
        let is_glued = self.peek().is_some_and(char::is_alphanumeric);
        let number = match () {
            () if is_glued => None,
            () if is_whole => digits.parse().ok().map(TokenKind::Integer),
            () => digits.parse().ok().map(TokenKind::Float),
        };
        number.ok_or_else(|| {
            Mistake::not_understood(&(start..self.at), "this form of a number is not supported")
                .help("write it with decimal digits")
        })
    }

    /// `0x1f`, `0b11`, `0o17` and `017`.
    fn number_with_base(&mut self) -> Option<i64> {
        let rest = self.rest();
        let word = &rest[..rest
            .find(|one: char| one != '_' && !one.is_alphanumeric())
            .unwrap_or(rest.len())];
        let digits = word.strip_prefix('0')?;
        let (base, digits) = match digits.chars().next()? {
            'x' | 'X' => (16, &digits[1..]),
            'b' | 'B' => (2, &digits[1..]),
            'o' | 'O' => (8, &digits[1..]),
            '0'..='7' if !rest[word.len()..].starts_with('.') => (8, digits),
            _ => return None,
        };
        let number = i64::from_str_radix(&digits.replace('_', ""), base).ok()?;
        self.at += word.len();
        Some(number)
    }

    fn take_while(&mut self, fits: impl Fn(u8) -> bool) {
        while self.rest().bytes().next().is_some_and(&fits) {
            self.at += 1;
        }
    }

    fn take_word(&mut self) -> String {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|character| character == '_' || character.is_alphanumeric())
        {
            self.next();
        }
        self.source[start..self.at].to_owned()
    }

    /// `:name` and `:"name"`, but not the colons of `a ? b : c`, `key: 1` and `Kamal::Utils`.
    fn opens_symbol(&self, start: usize) -> bool {
        let follows = self.rest()[1..].chars().next();
        let before = self.source[..start].chars().next_back();
        follows.is_some_and(|next| matches!(next, '_' | '"' | '\'') || next.is_alphabetic())
            && before.is_none_or(|before| before.is_whitespace() || "([{,&|=?!%".contains(before))
    }

    /// `:+` and its like, as an argument or behind `&`.
    fn opens_operator_symbol(&self, start: usize) -> bool {
        let before = self.source[..start]
            .trim_end_matches(' ')
            .chars()
            .next_back();
        let operator = OPERATORS
            .iter()
            .find(|known| self.rest()[1..].starts_with(**known));
        before.is_some_and(|before| "(,&".contains(before))
            && operator.is_some_and(|operator| {
                matches!(
                    *operator,
                    "+" | "-"
                        | "*"
                        | "/"
                        | "%"
                        | "**"
                        | "=="
                        | "<=>"
                        | "<"
                        | ">"
                        | "<="
                        | ">="
                        | "&"
                        | "|"
                )
            })
    }

    /// `<<~TEXT`.
    fn opens_heredoc(&self) -> bool {
        let behind = self.rest().strip_prefix("<<").unwrap_or_default();
        let name = behind.strip_prefix(['~', '-']).unwrap_or(behind);
        name.starts_with(|first: char| first.is_ascii_uppercase() || first == '"' || first == '\'')
    }

    fn symbol(&mut self) -> Result<TokenKind, Mistake> {
        let start = self.at;
        self.next();
        if !matches!(self.peek(), Some('"' | '\'')) {
            let mut name = self.take_word();
            if let Some(mark) = self.peek().filter(|mark| matches!(mark, '?' | '!')) {
                self.next();
                name.push(mark);
            }
            return Ok(TokenKind::Symbol(name));
        }
        match literal::quoted(self)? {
            TokenKind::String(parts) => match literal::plain(&parts) {
                Some(text) => Ok(TokenKind::Symbol(text)),
                None => Err(Mistake::not_understood(
                    &(start..self.at),
                    "a symbol cannot hold an interpolation here",
                )
                .help("write a string")),
            },
            other => Ok(other),
        }
    }

    fn name(&mut self, before: Option<&Token>) -> Result<TokenKind, Mistake> {
        let start = self.at;
        let mut name = self.take_word();
        if name.len() > LONGEST_NAME {
            let message = "this name is too long";
            return Err(Mistake::new(MistakeKind::Limit, &(start..self.at), message));
        }
        let mut rest = self.rest().chars();
        let (mark, behind) = (rest.next(), rest.next());
        if matches!(mark, Some('?' | '!'))
            && !(mark == Some('!') && matches!(behind, Some('=' | '~')))
        {
            name.extend(mark);
            self.at += 1;
        }
        let is_ternary = before.is_some_and(|token| token.kind.is_operator("?"));
        let is_method =
            before.is_some_and(|token| token.kind.is_operator(".") || token.kind.is_operator("&."));
        let rest = self.rest();
        if rest.starts_with(':') && !rest.starts_with("::") && !is_ternary && !is_method {
            self.at += 1;
            return Ok(TokenKind::Label(name));
        }
        Ok(if name.starts_with(char::is_uppercase) {
            TokenKind::Constant(name)
        } else {
            TokenKind::Name(name)
        })
    }

    fn operator(&mut self, first: char) -> Result<TokenKind, Mistake> {
        let rest = self.rest();
        let known = OPERATORS.iter().find(|known| rest.starts_with(**known));
        if let Some(operator) = known {
            self.at += operator.len();
            return Ok(TokenKind::Operator(operator));
        }
        let range = self.at..self.at + first.len_utf8();
        let shown = first.escape_debug();
        Err(match first {
            '$' => {
                let is_group =
                    rest[1..].starts_with(|one: char| one == '~' || one.is_ascii_digit());
                let help = if is_group {
                    "take the group out of the text: `text[/pattern (with a group)/, 1]`"
                } else {
                    "use a local variable, or `ENV[\"NAME\"]`"
                };
                let message = "global variables are not supported in ERB tags";
                Mistake::not_understood(&range, message).help(help)
            }
            _ => Mistake::not_understood(&range, format!("`{shown}` is not understood here")),
        })
    }
}

/// How long the exponent of a number is that stands here.
fn exponent(rest: &str) -> Option<usize> {
    let behind = rest.strip_prefix(['e', 'E'])?;
    let digits = behind.strip_prefix(['+', '-']).unwrap_or(behind);
    let length = digits
        .find(|one: char| !one.is_ascii_digit())
        .unwrap_or(digits.len());
    (length > 0).then(|| rest.len() - digits.len() + length)
}
