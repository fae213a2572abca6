//! The commands of a secrets file that are dhow's own, `$(kamal secrets …)` and `$(dhow secrets …)`: they run
//! in this process (secrets-and-hooks §3.1).

use dhow_redaction::Secret;

use crate::{FetchRequest, RequestError, words};

/// One of our own commands.
pub(crate) enum Inline {
    Fetch(FetchRequest),
    Extract { name: String, json: Secret },
}

/// Why one of our own commands cannot be understood. Its words are not shown: they may come from a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InlineError {
    /// A quote without its end.
    #[error("a quote in it is not closed")]
    OpenQuote,
    /// Neither `fetch` nor `extract`.
    #[error("only `secrets fetch` and `secrets extract` can be used in a secrets file")]
    UnknownCommand,
    /// An option that neither the command nor every command has.
    #[error("one of its options is unknown; fetch takes --adapter, --account and --from")]
    UnknownOption,
    /// An option without its value.
    #[error("No value provided for option '{0}'")]
    NoValue(&'static str),
    /// The options of `fetch` make no request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A word that means something to a shell only.
    #[error(
        "no shell reads it, so `{0}` has no effect; take a value out with `$(kamal secrets extract NAME $SECRETS)` on \
         another line"
    )]
    ForAShell(&'static str),
    /// `extract` with too few or too many words.
    #[error(
        "extract takes two words, a name and the JSON of a fetch, but has {0}; is the variable for the JSON set?"
    )]
    NotTwoWords(usize),
}

/// Options that take a value, with the name they are told by.
const VALUED: [(&str, &str); 10] = [
    ("--adapter", "-a"),
    ("--account", ""),
    ("--from", ""),
    ("--version", ""),
    ("--hosts", "-h"),
    ("--roles", "-r"),
    ("--config-file", "-c"),
    ("--destination", "-d"),
    ("--lock-wait-timeout", ""),
    ("--lock-wait-interval", ""),
];

/// Options that take none. Those of every command are accepted and mean nothing here.
const FLAGS: [&str; 10] = [
    "--inline",
    "--verbose",
    "-v",
    "--quiet",
    "-q",
    "--primary",
    "-p",
    "--skip-hooks",
    "-H",
    "--lock-wait",
];

/// Words that pipe, redirect, join or nest commands; of some the beginning is enough.
const OPERATORS: [&str; 10] = ["||", "|", "&&", "&", ";", "2>", ">", "<", "`", "$("];

fn operator(word: &str) -> Option<&'static str> {
    let mut operators = OPERATORS.into_iter();
    operators.find(|operator| {
        word == *operator || (operator.ends_with(['>', '<', '(']) && word.starts_with(operator))
    })
}

/// Whether a command is one of our own.
pub(crate) fn runs_inside(command: &str) -> bool {
    let rest = ["kamal", "dhow"]
        .iter()
        .find_map(|tool| command.trim_start().strip_prefix(tool));
    let rest = rest.and_then(|rest| rest.trim_start().strip_prefix("secrets"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// Reads one of our own commands, after its variables were replaced.
pub(crate) fn parse(command: &Secret) -> Result<Inline, InlineError> {
    let words = words::split(command.expose()).map_err(|_| InlineError::OpenQuote)?;
    if let Some(operator) = words.iter().find_map(|word| operator(word)) {
        return Err(InlineError::ForAShell(operator));
    }
    let mut read = Words::default();
    let mut words = words.into_iter().skip(1);
    while let Some(word) = words.next() {
        read.take(word, &mut words)?;
    }
    let mut plain = read.plain.into_iter();
    match (plain.next().as_deref(), plain.next().as_deref()) {
        (Some("secrets"), Some("fetch")) => Ok(Inline::Fetch(FetchRequest::new(
            read.adapter.as_deref(),
            read.account,
            read.from,
            plain.collect(),
        )?)),
        (Some("secrets"), Some("extract")) => {
            let rest: Vec<String> = plain.collect();
            match <[String; 2]>::try_from(rest) {
                Ok([name, json]) => Ok(Inline::Extract {
                    name,
                    json: Secret::new(json),
                }),
                Err(rest) => Err(InlineError::NotTwoWords(rest.len())),
            }
        }
        _ => Err(InlineError::UnknownCommand),
    }
}

/// The words of a command, sorted.
#[derive(Default)]
struct Words {
    adapter: Option<String>,
    account: Option<String>,
    from: Option<String>,
    plain: Vec<String>,
    options_ended: bool,
}

impl Words {
    fn take(
        &mut self,
        word: String,
        following: &mut impl Iterator<Item = String>,
    ) -> Result<(), InlineError> {
        if self.options_ended || !word.starts_with('-') || word == "-" {
            self.plain.push(word);
            return Ok(());
        }
        if word == "--" {
            self.options_ended = true;
            return Ok(());
        }
        if FLAGS.contains(&word.as_str()) {
            return Ok(());
        }
        let (option, attached) = valued(&word).ok_or(InlineError::UnknownOption)?;
        let value = attached
            .or_else(|| following.next())
            .ok_or(InlineError::NoValue(option))?;
        match option {
            "--adapter" => self.adapter = Some(value),
            "--account" => self.account = Some(value),
            "--from" => self.from = Some(value),
            _ => {}
        }
        Ok(())
    }
}

/// The option that a word names, and the value that hangs on it: `--from=x`, `-ax`, `-a=x`.
fn valued(word: &str) -> Option<(&'static str, Option<String>)> {
    VALUED.iter().find_map(|(long, short)| {
        if let Some(rest) = word.strip_prefix(long) {
            if rest.is_empty() {
                return Some((*long, None));
            }
            let value = rest.strip_prefix('=')?;
            return Some((*long, Some(value.to_owned())));
        }
        if short.is_empty() || word.starts_with("--") {
            return None;
        }
        let rest = word.strip_prefix(short)?;
        let value = rest.strip_prefix('=').unwrap_or(rest);
        Some((*long, Some(value.to_owned()).filter(|_| !rest.is_empty())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Result<FetchRequest, InlineError> {
        match parse(&Secret::new(text))? {
            Inline::Fetch(request) => Ok(request),
            Inline::Extract { .. } => panic!("{text} is no fetch"),
        }
    }

    #[test]
    fn only_texts_that_start_with_our_name_are_ours() {
        for ours in [
            "kamal secrets fetch",
            "dhow secrets extract A $S",
            "  kamal  secrets x",
            "kamal secrets",
        ] {
            assert!(runs_inside(ours), "{ours}");
        }
        for other in [
            "X=1 kamal secrets fetch",
            "bin/kamal secrets fetch",
            "kamal secretsfetch",
            "kamal config",
            "echo kamal secrets fetch",
        ] {
            assert!(!runs_inside(other), "{other}");
        }
    }

    #[test]
    fn options_may_stand_anywhere_and_in_every_form() {
        let plain = request("kamal secrets fetch --adapter test --account 'a b' --from f X Y/Z");
        let expected = FetchRequest::new(
            Some("test"),
            Some("a b".into()),
            Some("f".into()),
            vec!["X".into(), "Y/Z".into()],
        );
        assert_eq!(plain, expected.map_err(InlineError::from));
        for other in [
            "kamal -d staging secrets fetch X -a test --account=a\\ b Y/Z --from=f",
            "dhow secrets -q fetch -atest X --account \"a b\" --inline --from f -- Y/Z",
            "kamal secrets fetch -a=test --account 'a b' --from f X -c config/x.yml Y/Z",
        ] {
            assert_eq!(request(other), plain, "{other}");
        }
    }

    #[test]
    fn what_only_a_shell_understands_is_told() {
        for (text, operator) in [
            ("kamal secrets fetch -a test --account x A | jq .x", "|"),
            (
                "kamal secrets fetch -a test --account x A 2>/dev/null",
                "2>",
            ),
            ("kamal secrets fetch -a test --account x A && echo", "&&"),
            ("kamal secrets fetch -a test --account x A > file", ">"),
            ("kamal secrets fetch -a test --account $(whoami) A", "$("),
        ] {
            let error = InlineError::ForAShell(operator);
            assert_eq!(request(text), Err(error), "{text}");
        }
        let names = request("kamal secrets fetch -a test --account x 'A|B' a;b")
            .unwrap()
            .names;
        assert_eq!(names, ["A|B", "a;b"]);
    }

    #[test]
    fn what_cannot_be_is_said_without_its_words() {
        let error = |text: &str| match parse(&Secret::new(text)) {
            Ok(_) => panic!("{text} is understood"),
            Err(error) => error.to_string(),
        };
        assert_eq!(
            error("kamal secrets fetch A"),
            "No value provided for required options '--adapter'"
        );
        assert_eq!(
            error("kamal secrets fetch -a 1password A"),
            "No value provided for required options '--account'"
        );
        assert!(
            error("kamal secrets fetch -a foo A").starts_with("Unknown secrets adapter: foo; ")
        );
        assert_eq!(
            error("kamal secrets fetch A --from"),
            "No value provided for option '--from'"
        );
        for text in [
            "kamal secrets print",
            "kamal secrets",
            "kamal secrets fetch --hunter2 x",
            "kamal secrets fetch 'hunter2",
            "kamal secrets extract hunter2",
            "kamal secrets extract A hunter2 hunter2",
        ] {
            assert!(!error(text).contains("hunter2"), "{text}");
        }
    }
}
