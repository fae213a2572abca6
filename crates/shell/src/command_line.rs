//! Words, and the lines made of them.

use std::fmt;

use dhow_redaction::{REDACTED, Secret};

use crate::quoting::{expanding, quote};

/// One word of a command line, quoted only when the line is rendered.
#[derive(Clone, PartialEq, Eq)]
pub enum Word {
    /// A text that reaches the program exactly as it is.
    Plain(String),
    /// A text for the shell itself: an operator, or what the deploy file hands on unquoted (config §12.4).
    Raw(String),
    /// A value of the deploy file in which `${NAME}` is expanded on the host.
    Expanding(String),
    /// A text that only the shell may see.
    Secret(Secret),
    /// A word that only the shell may see, such as a value in which `${NAME}` is expanded.
    Hidden(Box<Word>),
    /// Several pieces that form one word, such as `KEY=` and a value.
    Joined(Vec<Word>),
}

impl Word {
    fn exposed(&self) -> String {
        match self {
            Self::Plain(text) => quote(text),
            Self::Raw(text) => text.clone(),
            Self::Expanding(text) => expanding(text),
            Self::Secret(secret) => quote(secret.expose()),
            Self::Hidden(word) => word.exposed(),
            Self::Joined(pieces) => pieces.iter().map(Self::exposed).collect(),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Secret(_) | Self::Hidden(_) => REDACTED.to_owned(),
            Self::Joined(pieces) => pieces.iter().map(Self::shown).collect(),
            other => other.exposed(),
        }
    }
}

/// Shows what [`Display`](fmt::Display) of a line would.
impl fmt::Debug for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown())
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<String> for Word {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<&String> for Word {
    fn from(text: &String) -> Self {
        Self::Plain(text.clone())
    }
}

/// A command line as data: built by pure code, rendered once, run elsewhere.
///
/// ```
/// use dhow_shell::CommandLine;
///
/// let pull = CommandLine::new("docker").args(["pull", "acme/shop:1"]);
/// let check = CommandLine::new("echo").arg("it's here");
/// assert_eq!(pull.and(check).to_string(), r"docker pull acme/shop:1 && echo 'it'\''s here'");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine(Vec<Word>);

impl CommandLine {
    /// A line that begins with this program.
    pub fn new(program: impl Into<Word>) -> Self {
        Self(vec![program.into()])
    }

    /// A line of shell text that is taken as it is.
    pub fn raw(text: impl Into<String>) -> Self {
        Self(vec![Word::Raw(text.into())])
    }

    /// Adds a word.
    #[must_use]
    pub fn arg(mut self, word: impl Into<Word>) -> Self {
        self.0.push(word.into());
        self
    }

    /// Adds words.
    #[must_use]
    pub fn args<W: Into<Word>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.0.extend(words.into_iter().map(Into::into));
        self
    }

    /// Adds a word of shell text that is taken as it is.
    #[must_use]
    pub fn arg_raw(self, text: impl Into<String>) -> Self {
        self.arg(Word::Raw(text.into()))
    }

    /// Adds a word that only the shell may see.
    #[must_use]
    pub fn secret(self, secret: Secret) -> Self {
        self.arg(Word::Secret(secret))
    }

    /// Adds `--name=value`, the value in Kamal's quoting.
    #[must_use]
    pub fn option(self, name: &str, value: impl Into<String>) -> Self {
        self.arg(Word::Joined(vec![
            Word::Plain(format!("{name}=")),
            Word::Expanding(value.into()),
        ]))
    }

    /// Adds `flag KEY=value`, the value in Kamal's quoting.
    #[must_use]
    pub fn pair(self, flag: &str, key: &str, value: impl Into<String>) -> Self {
        let pair = vec![
            Word::Plain(format!("{key}=")),
            Word::Expanding(value.into()),
        ];
        self.arg(flag).arg(Word::Joined(pair))
    }

    /// Adds the words of another line.
    #[must_use]
    pub fn append(mut self, words: Self) -> Self {
        self.0.extend(words.0);
        self
    }

    /// Both lines, the second only when the first succeeded.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        self.joined("&&", next)
    }

    /// Both lines, the second only when the first failed.
    #[must_use]
    pub fn or(self, next: Self) -> Self {
        self.joined("||", next)
    }

    /// Both lines, one after the other whatever the first says.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        self.joined(";", next)
    }

    /// The output of this line as the input of the next.
    #[must_use]
    pub fn pipe(self, next: Self) -> Self {
        self.joined("|", next)
    }

    /// The line as one unit for the operators around it: `{ …; }`.
    #[must_use]
    pub fn grouped(self) -> Self {
        let mut words = vec![Word::Raw("{".to_owned())];
        words.extend(self.0);
        words.push(Word::Raw("; }".to_owned()));
        Self(words)
    }

    /// What the line prints, as one word of another line: `"$(…)"`.
    pub fn substituted(self) -> Word {
        let mut pieces = vec![Word::Raw("\"$(".to_owned())];
        for (at, word) in self.0.into_iter().enumerate() {
            if at > 0 {
                pieces.push(Word::Raw(" ".to_owned()));
            }
            pieces.push(word);
        }
        pieces.push(Word::Raw(")\"".to_owned()));
        Word::Joined(pieces)
    }

    /// Throws away what the line prints, errors included.
    #[must_use]
    pub fn silenced(self) -> Self {
        self.arg_raw(">/dev/null 2>&1")
    }

    /// The words as a program's argument list for a run without any shell, or `None` when a word is meant for
    /// a shell.
    pub fn argument_list(&self) -> Option<Vec<String>> {
        fn plain(word: &Word) -> Option<String> {
            match word {
                Word::Plain(text) | Word::Expanding(text) => Some(text.clone()),
                Word::Secret(secret) => Some(secret.expose().to_owned()),
                Word::Raw(_) => None,
                Word::Hidden(word) => plain(word),
                Word::Joined(pieces) => pieces.iter().map(plain).collect(),
            }
        }
        self.0.iter().map(plain).collect()
    }

    /// The line as a shell receives it. Only a transport calls this.
    pub fn exposed(&self) -> String {
        self.0
            .iter()
            .map(Word::exposed)
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn joined(mut self, operator: &str, next: Self) -> Self {
        self.0.push(Word::Raw(operator.to_owned()));
        self.0.extend(next.0);
        self
    }
}

/// The line as a person reads it, secrets replaced.
impl fmt::Display for CommandLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.iter().map(Word::shown).collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What a real shell prints for `line`.
    #[expect(
        clippy::disallowed_methods,
        reason = "a real shell decides what quoting means"
    )]
    pub(crate) fn sh(line: &str) -> String {
        let output = std::process::Command::new("sh")
            .args(["-c", line])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn a_secret_is_shown_to_the_shell_only() {
        let line = CommandLine::new("login")
            .arg("-u")
            .secret(Secret::new("a b"));
        assert_eq!(line.to_string(), "login -u [REDACTED]");
        assert_eq!(line.exposed(), "login -u 'a b'");
        assert!(!format!("{line:?}").contains("a b"));
    }

    #[test]
    fn a_hidden_value_is_still_expanded_by_the_shell() {
        let value = Word::Hidden(Box::new(Word::Expanding("${NAME}!".to_owned())));
        let line = CommandLine::new("echo").arg(value);
        assert_eq!(line.to_string(), "echo [REDACTED]");
        assert!(!format!("{line:?}").contains("NAME"));
        assert_eq!(sh(&format!("NAME=x; {}", line.exposed())), "x!\n");
    }

    #[test]
    fn operators_bind_as_the_shell_binds_them() {
        let line = CommandLine::new("false")
            .and(CommandLine::new("echo").arg("no"))
            .or(CommandLine::new("echo").arg("x y"))
            .grouped()
            .pipe(CommandLine::new("tr").args(["x", "z"]));
        assert_eq!(sh(&line.exposed()), "z y\n");
    }

    #[test]
    fn a_line_becomes_a_word_of_another() {
        let inner = CommandLine::new("printf").args(["%s", "it's $HOME"]);
        let outer = CommandLine::new("printf")
            .arg("[%s]")
            .arg(inner.substituted());
        assert_eq!(sh(&outer.exposed()), "[it's $HOME]");
    }

    #[test]
    fn an_argument_list_holds_the_texts_themselves() {
        let line = CommandLine::new("docker")
            .pair("--label", "service", "a \"b\"")
            .arg("x y");
        assert_eq!(
            line.argument_list().unwrap(),
            ["docker", "--label", "service=a \"b\"", "x y"]
        );
        assert_eq!(
            CommandLine::new("a")
                .pipe(CommandLine::new("b"))
                .argument_list(),
            None
        );
    }
}
