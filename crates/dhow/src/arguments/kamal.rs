//! Command lines as Kamal reads them, in the words of this program (cli §2, §6).
//!
//! This is all that a call under the name `kamal` changes of the grammar, and what aliases are read with, because
//! they are written for it.

use clap::{Arg, ArgAction, Command};

/// A command line that Kamal refuses, in its words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// No command has this name.
    #[error("Could not find command \"{0}\".")]
    Unknown(String),
    /// Several begin like this.
    #[error("Ambiguous command {typed} matches [{}]", .matching.join(", "))]
    Ambiguous {
        /// What was typed.
        typed: String,
        /// What it may mean.
        matching: Vec<String>,
    },
}

/// Commands of our own, which no abbreviation that Kamal understands may mean.
const OWN_COMMANDS: [&str; 5] = ["plan", "apply", "status", "completions", "man"];

/// A call of Kamal in the words of this program: names of commands in full, options in front of the words that a
/// person's own command has, flags without values. `definition` is built, so that each command knows all its options.
pub(crate) fn in_our_words(definition: &Command, typed: &[String]) -> Result<Vec<String>, Refused> {
    let mut command = definition;
    let mut path = Vec::new();
    let mut leading = Vec::new();
    let mut words = typed.iter();
    // The way to the command, with options in between.
    while command.has_subcommands() {
        let Some(word) = words.next() else { break };
        if word.starts_with('-') {
            leading.push(word.clone());
            let rest = words.as_slice();
            if takes_next(command, word) && !rest.is_empty() {
                leading.extend(words.next().cloned());
            }
            continue;
        }
        command = subcommand(command, word)?;
        path.push(command.get_name().to_owned());
    }
    let line = Line::read(command, words.as_slice());
    path.extend(leading);
    path.extend(line.options);
    let is_free = command.get_positionals().any(Arg::is_trailing_var_arg_set);
    if is_free && !line.words.is_empty() {
        path.push("--".to_owned());
    }
    path.extend(line.words);
    Ok(path)
}

/// Whether a word names a command, or begins like one or several.
pub(crate) fn names_a_command(definition: &Command, word: &str) -> bool {
    !matches!(subcommand(definition, word), Err(Refused::Unknown(_)))
}

/// The command of this name, or the only one that begins with it. Dashes are underscores.
fn subcommand<'a>(command: &'a Command, typed: &str) -> Result<&'a Command, Refused> {
    let plain = |name: &str| name.replace('-', "_");
    let wanted = plain(typed);
    let is_called = |it: &&Command| {
        let mut names = [it.get_name()].into_iter().chain(it.get_all_aliases());
        names.any(|name| plain(name) == wanted)
    };
    if let Some(exact) = command.get_subcommands().find(is_called) {
        return Ok(exact);
    }
    let begins = |it: &&Command| {
        let name = it.get_name();
        plain(name).starts_with(&wanted) && !OWN_COMMANDS.contains(&name) && !it.is_hide_set()
    };
    let matching: Vec<&Command> = command.get_subcommands().filter(begins).collect();
    match matching.as_slice() {
        [one] => Ok(one),
        [] => Err(Refused::Unknown(typed.to_owned())),
        several => Err(Refused::Ambiguous {
            typed: typed.to_owned(),
            matching: several.iter().map(|it| it.get_name().to_owned()).collect(),
        }),
    }
}

/// What follows the name of a command.
#[derive(Default)]
struct Line {
    options: Vec<String>,
    words: Vec<String>,
}

impl Line {
    fn read(command: &Command, typed: &[String]) -> Self {
        let mut line = Self::default();
        let mut typed = typed.iter().peekable();
        while let Some(word) = typed.next() {
            if word == "--" {
                line.words.extend(typed.by_ref().cloned());
                break;
            }
            let Some(option) = Meaning::find(command, word) else {
                line.words.push(word.clone());
                continue;
            };
            match option {
                Meaning::Flag {
                    name,
                    on,
                    has_value,
                } => {
                    let mut on = on;
                    if !has_value && let Some(value) = typed.peek().and_then(|it| truth(it)) {
                        typed.next();
                        on &= value;
                    }
                    line.options.extend(on.then_some(name));
                }
                Meaning::Whole(word) => line.options.push(word),
                Meaning::Valued { word, list } => {
                    let mut values: Vec<String> = typed.next().cloned().into_iter().collect();
                    // A list takes what follows and looks like one of it.
                    while let Some(more) = typed.next_if(|it| list.takes(it)) {
                        values.push(more.clone());
                    }
                    for value in values {
                        line.options.extend([word.clone(), value]);
                    }
                }
            }
        }
        line
    }
}

/// An option that a command knows.
enum Meaning {
    /// `--quiet`, `--no-quiet`, `--quiet=false`.
    Flag {
        name: String,
        on: bool,
        has_value: bool,
    },
    /// One that holds its value, such as `--lines=5` or `-n5`, and short flags in one word.
    Whole(String),
    /// One whose value is the next word.
    Valued { word: String, list: List },
}

impl Meaning {
    fn find(command: &Command, word: &str) -> Option<Self> {
        if let Some(long) = word.strip_prefix("--") {
            return Self::long(command, long);
        }
        let letters = word.strip_prefix('-').filter(|it| !it.is_empty())?;
        let first = letters.chars().next()?;
        let arg = command
            .get_arguments()
            .find(|arg| arg.get_short() == Some(first))?;
        if letters.len() == first.len_utf8() {
            return Some(if is_flag(arg) {
                Self::Flag {
                    name: word.to_owned(),
                    on: true,
                    has_value: false,
                }
            } else {
                Self::Valued {
                    word: word.to_owned(),
                    list: List::of(arg),
                }
            });
        }
        let known = |letter: char| {
            let mut all = command.get_arguments();
            all.any(|arg| arg.get_short() == Some(letter) && is_flag(arg))
        };
        let is_whole = !is_flag(arg) || letters.chars().all(known);
        is_whole.then(|| Self::Whole(word.to_owned()))
    }

    fn long(command: &Command, long: &str) -> Option<Self> {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (long, None),
        };
        let name = name.replace('_', "-");
        let find = |name: &str| {
            let mut all = command.get_arguments();
            all.find(|arg| arg.get_long() == Some(name))
        };
        if let Some(arg) = find(&name) {
            return Some(match value {
                _ if is_flag(arg) => Self::Flag {
                    name: format!("--{name}"),
                    on: value.is_none_or(|value| truth(value) != Some(false)),
                    has_value: value.is_some(),
                },
                Some(value) => Self::Whole(format!("--{name}={value}")),
                // Its value stands behind a `=` or nowhere.
                None if arg.is_require_equals_set() => Self::Whole(format!("--{name}")),
                None => Self::Valued {
                    word: format!("--{name}"),
                    list: List::of(arg),
                },
            });
        }
        let negated = name
            .strip_prefix("no-")
            .or_else(|| name.strip_prefix("skip-"))?;
        find(negated).filter(|arg| is_flag(arg))?;
        Some(Self::Flag {
            name: String::new(),
            on: false,
            has_value: true,
        })
    }
}

fn is_flag(arg: &Arg) -> bool {
    matches!(
        arg.get_action(),
        ArgAction::SetTrue | ArgAction::Help | ArgAction::HelpLong | ArgAction::HelpShort
    )
}

/// What an option takes beside its first value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Nothing,
    Pairs,
    Words,
}

impl List {
    fn of(arg: &Arg) -> Self {
        let takes_many = arg.get_num_args().is_some_and(|it| it.max_values() > 1);
        let pairs = arg
            .get_value_names()
            .is_some_and(|names| names.iter().any(|name| name.contains(':')));
        match arg.get_action() {
            ArgAction::Append if takes_many => Self::Words,
            ArgAction::Append if pairs => Self::Pairs,
            _ => Self::Nothing,
        }
    }

    fn takes(self, word: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Pairs => is_pair(word),
            Self::Words => !word.starts_with('-'),
        }
    }
}

fn is_pair(word: &str) -> bool {
    !word.starts_with('-')
        && word.split_once(':').is_some_and(|(name, _)| {
            let mut letters = name.chars();
            letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
                && !name.is_empty()
        })
}

fn truth(word: &str) -> Option<bool> {
    match word {
        "true" | "TRUE" | "t" | "T" => Some(true),
        "false" | "FALSE" | "f" | "F" => Some(false),
        _ => None,
    }
}

/// Whether the value of an option is the next word.
pub(super) fn takes_next(command: &Command, word: &str) -> bool {
    matches!(Meaning::find(command, word), Some(Meaning::Valued { .. }))
}

#[cfg(test)]
mod tests;
