//! From what was typed to a command: habits, aliases of the deploy file, and Kamal's way of writing.

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, FromArgMatches, error::ErrorKind};
use dhow_config::{Pair, Sources};
use dhow_erb::SystemRuntime;
use dhow_names::Destination;

use crate::{
    arguments::{Arguments, alias, as_meant, in_our_words},
    called_as::CalledAs,
    environment::Environment,
    failure::{Failure, Kind},
    terminal::Terminal,
};

/// The command that is meant; when there is none, why was told already.
pub(crate) fn understood(
    called_as: CalledAs,
    typed: Vec<OsString>,
    environment: &Environment,
) -> Result<Arguments, ExitCode> {
    let mut definition = Arguments::command()
        .name(called_as.name())
        .bin_name(called_as.name());
    definition.build();
    let words = as_meant(&definition, typed);
    let words = in_plain_words(called_as, &definition, words, environment).map_err(|failure| {
        Terminal::new(false).failure(&failure);
        called_as.exit_code(failure.kind)
    })?;
    let parsed = definition
        .clone()
        .try_get_matches_from(words)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    parsed.map_err(|error| told(called_as, &error))
}

/// Replaces an alias, and puts Kamal's way of writing into ours where that is spoken. Words that are no text are
/// left to the definition, which takes them as values.
fn in_plain_words(
    called_as: CalledAs,
    definition: &clap::Command,
    words: Vec<OsString>,
    environment: &Environment,
) -> Result<Vec<OsString>, Failure> {
    let texts: Option<Vec<String>> = words
        .iter()
        .skip(1)
        .map(|word| word.to_str().map(str::to_owned))
        .collect();
    let (Some(mut texts), Some(program)) = (texts, words.first().cloned()) else {
        return Ok(words);
    };
    let mut is_kamals = called_as == CalledAs::Kamal;
    if let Some(whose) = alias::candidate(definition, &texts) {
        let aliases = aliases(environment, &whose)?;
        let expanded = alias::expanded(definition, &texts, &aliases, &whose)
            .map_err(|error| Failure::of(Kind::Project, &error))?;
        if let Some(expanded) = expanded {
            texts = expanded;
            is_kamals = true;
        }
    }
    if is_kamals {
        texts =
            in_our_words(definition, &texts).map_err(|error| Failure::of(Kind::Usage, &error))?;
    }
    let texts = texts.into_iter().map(OsString::from);
    Ok([program].into_iter().chain(texts).collect())
}

/// The aliases of the deploy file, which need not be whole for that; none when there is no such file.
fn aliases(environment: &Environment, whose: &alias::Whose) -> Result<Vec<Pair>, Failure> {
    let destination: Option<Destination> =
        whose.destination.as_deref().map(str::parse).transpose()?;
    let mut templates = SystemRuntime::new(&environment.folder, environment.variables().clone());
    let (folder, file) = (&environment.folder, &whose.config_file);
    if !folder.join(file).exists() {
        return Ok(Vec::new());
    }
    let sources = Sources::read(folder, file, destination.as_ref(), &mut templates)?;
    dhow_config::aliases(&sources).map_err(|problems| {
        Failure::problems(&problems, Terminal::new(false).colours()).hint(
            "the word is no command, so it was looked for among the aliases of the deploy file",
        )
    })
}

/// Tells what is wrong with the line, or the help that it asks for.
fn told(called_as: CalledAs, error: &clap::Error) -> ExitCode {
    let asks_for_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if called_as == CalledAs::Kamal && asks_for_help {
        Terminal::new(false).data(error.render().ansi());
        return ExitCode::SUCCESS;
    }
    // A reader that went away wants no more.
    let _ = error.print();
    match error.exit_code() {
        0 => ExitCode::SUCCESS,
        _ => called_as.exit_code(Kind::Usage),
    }
}
