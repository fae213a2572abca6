//! From what was typed to a command: habits, aliases of the deploy file, and Kamal's way of writing.

use std::{ffi::OsString, time::Instant};

use clap::{FromArgMatches, error::ErrorKind};
use dhow_config::{Pair, Sources};
use dhow_erb::SystemRuntime;
use dhow_names::Destination;

use crate::{
    arguments::{Arguments, alias, as_meant, asked_for, definition, in_our_words, seems_asked_for},
    called_as::CalledAs,
    environment::Environment,
    failure::{Failure, Kind},
    terminal::{Manner, Terminal, errors_show_colours},
};

/// A run that is over before it began: everything was told but the end.
#[derive(Debug)]
pub(crate) struct Over {
    pub(crate) terminal: Terminal,
    pub(crate) exit_code: u8,
}

/// The command that is meant; when there is none, why was told already.
pub(crate) fn understood(
    called_as: CalledAs,
    typed: Vec<OsString>,
    environment: &Environment,
    began: Instant,
) -> Result<Arguments, Over> {
    let mut definition = definition()
        .name(called_as.name())
        .bin_name(called_as.name());
    definition.build();
    let words = as_meant(&definition, typed);
    let over = |words: &[OsString], tell: &dyn Fn(&Terminal) -> u8| {
        let manner = if seems_asked_for(&definition, words) {
            Manner::Events
        } else {
            Manner::Lines
        };
        let terminal = Terminal::new(false, began, manner);
        let exit_code = tell(&terminal);
        Over {
            terminal,
            exit_code,
        }
    };
    let words =
        in_plain_words(called_as, &definition, words.clone(), environment).map_err(|failure| {
            over(&words, &|terminal| {
                let exit_code = called_as.exit_code(failure.kind);
                terminal.failure(&failure, exit_code);
                exit_code
            })
        })?;
    let parsed = definition
        .clone()
        .try_get_matches_from(&words)
        .and_then(|matches| {
            let mut arguments = Arguments::from_arg_matches(&matches)?;
            arguments.global.report = asked_for(&matches);
            Ok(arguments)
        });
    parsed.map_err(|error| over(&words, &|terminal| told(terminal, called_as, &error)))
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
        Failure::problems(&problems, errors_show_colours()).hint(
            "the word is no command, so it was looked for among the aliases of the deploy file",
        )
    })
}

/// Tells what is wrong with the line, or the help that it asks for.
fn told(terminal: &Terminal, called_as: CalledAs, error: &clap::Error) -> u8 {
    let asks_for_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if called_as == CalledAs::Kamal && asks_for_help {
        terminal.data(error.render().ansi());
        return 0;
    }
    let exit_code = match error.exit_code() {
        0 => 0,
        _ => called_as.exit_code(Kind::Usage),
    };
    if !terminal.tells_events() {
        // A reader that went away wants no more.
        let _ = error.print();
    } else if exit_code == 0 {
        terminal.data(error.render());
    } else {
        terminal.failure(&refused(error), exit_code);
    }
    exit_code
}

/// What clap says of a wrong line, as a failure.
fn refused(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let (headline, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let headline = headline.strip_prefix("error: ").unwrap_or(headline);
    let failure = Failure::new(Kind::Usage, headline);
    if rest.trim().is_empty() {
        failure
    } else {
        failure.detail(rest.trim())
    }
}
