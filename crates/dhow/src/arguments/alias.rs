//! Aliases of the deploy file: a word that stands for a command line (cli §6, config §11).

use std::path::PathBuf;

use clap::Command;
use dhow_config::Pair;

use super::{DEFAULT_CONFIG_FILE, kamal};

/// Why an alias cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadAlias {
    /// It leads back to itself.
    #[error("the alias {} leads back to itself", .0.join(" -> "))]
    Endless(Vec<String>),
    /// It stands for nothing.
    #[error("the alias {0} stands for no command")]
    Empty(String),
    /// Its text has a quote that is never closed.
    #[error("the alias {0} has a quote that is never closed: {1}")]
    OpenQuote(String, String),
}

/// Where the deploy file lies that may explain a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whose {
    /// `-c`.
    pub(crate) config_file: PathBuf,
    /// `-d`.
    pub(crate) destination: Option<String>,
    /// Where the word is.
    at: usize,
}

/// The word that may be an alias, because no command begins like it; none when all is plain.
pub(crate) fn candidate(definition: &Command, words: &[String]) -> Option<Whose> {
    let at = first_word(definition, words)?;
    if kamal::names_a_command(definition, &words[at]) {
        return None;
    }
    let value = |long: &str, short: &str| {
        let mut pairs = words.iter().zip(words.iter().skip(1));
        let next = pairs.find(|(word, _)| *word == long || *word == short);
        let joined = format!("{long}=");
        let within = words.iter().find_map(|word| word.strip_prefix(&joined));
        next.map(|(_, value)| value.as_str())
            .or(within)
            .map(str::to_owned)
    };
    Some(Whose {
        config_file: value("--config-file", "-c")
            .map_or_else(|| DEFAULT_CONFIG_FILE.into(), PathBuf::from),
        destination: value("--destination", "-d"),
        at,
    })
}

/// The first word that is neither an option of every command nor the value of one.
fn first_word(definition: &Command, words: &[String]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if !word.starts_with('-') {
            return Some(at);
        }
        at += if kamal::takes_next(definition, word) {
            2
        } else {
            1
        };
    }
    None
}

/// The line with aliases replaced, one after the other; none when the word is no alias. What follows the word stays
/// behind it, so that it adds to the alias or overrides it.
pub(crate) fn expanded(
    definition: &Command,
    words: &[String],
    aliases: &[Pair],
    whose: &Whose,
) -> Result<Option<Vec<String>>, BadAlias> {
    let mut line = words.to_vec();
    let mut at = whose.at;
    let mut seen: Vec<String> = Vec::new();
    loop {
        let word = line[at].clone();
        let Some(alias) = aliases.iter().find(|alias| alias.name == word) else {
            return Ok((!seen.is_empty()).then_some(line));
        };
        let is_known = seen.contains(&word);
        seen.push(word.clone());
        if is_known {
            return Err(BadAlias::Endless(seen));
        }
        let text = &alias.value;
        let stands_for = dhow_secrets::words(text)
            .map_err(|_| BadAlias::OpenQuote(word.clone(), text.clone()))?;
        line.splice(at..=at, stands_for);
        match first_word(definition, &line) {
            Some(next) => at = next,
            None => return Err(BadAlias::Empty(word)),
        }
        if kamal::names_a_command(definition, &line[at]) {
            return Ok(Some(line));
        }
    }
}

#[cfg(test)]
mod tests;
