//! What the Tab key offers: commands and options from the definition, names from the project.
//!
//! A shell asks the hidden command `__complete` on each Tab. Nothing is told when something is wrong, no program runs
//! and no host is asked: a person who types wants an answer at once, or none (decision 0181).

mod known;
mod line;
mod scripts;

use std::{ffi::OsStr, sync::Arc};

use clap::Command;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use crate::{
    arguments::{self, Complete, DEFAULT_CONFIG_FILE, Shell},
    called_as::CalledAs,
    invocation::Invocation,
};

use self::{known::Known, line::Line};

/// Prints the script that makes a shell ask.
pub(crate) fn print_script(invocation: &Invocation, shell: Shell) {
    let script = scripts::script(shell, invocation.called_as.name());
    invocation.terminal.data(script);
}

/// Prints what fits, one a line, in the form that the shell's script reads.
pub(crate) fn print(invocation: &Invocation, asked: Complete) {
    let line = match asked.shell {
        Shell::Bash => Line::of_bash(asked.words, asked.index),
        Shell::Zsh | Shell::Fish => Line::plain(asked.words, asked.index),
    };
    let value = |long, short| line.value_of(long, short);
    let environment = &invocation.environment;
    let known = Known::read(
        environment,
        value("--config-file", 'c')
            .unwrap_or(DEFAULT_CONFIG_FILE)
            .as_ref(),
        value("--destination", 'd'),
    );
    let mut definition = definition(invocation.called_as, &Arc::new(known));
    let words = line.words.iter().map(Into::into).collect();
    let folder = Some(environment.folder.as_path());
    // An incomplete line may be no line that can be completed.
    let fitting = complete(&mut definition, words, line.index, folder).unwrap_or_default();
    let shown = fitting
        .iter()
        .filter_map(|it| scripts::shown(asked.shell, it, &line.before));
    invocation.terminal.data(shown.collect::<String>());
}

/// A name, and what to say about it.
type Name = (String, Option<String>);

/// The command line's definition, whose values are what the project knows.
fn definition(called_as: CalledAs, known: &Arc<Known>) -> Command {
    let name = called_as.name();
    let definition = arguments::definition().name(name).bin_name(name);
    let versions = || completer(known, |it| &it.versions, List::One);
    let accessories = || completer(known, |it| &it.accessories, List::One);
    // Arguments stay in their places, which matter to those without a name.
    definition
        .mut_args(|it| match it.get_id().as_str() {
            "hosts" => it.add(completer(known, |it| &it.hosts, List::Commas)),
            "roles" => it.add(completer(known, |it| &it.roles, List::Commas)),
            "destination" => it.add(completer(known, |it| &it.destinations, List::One)),
            "version" => it.add(versions()),
            _ => it,
        })
        .mut_subcommand("rollback", |it| {
            it.mut_args(|it| match it.get_id().as_str() {
                "wanted" => it.add(versions()),
                _ => it,
            })
        })
        .mut_subcommand("accessory", |it| {
            it.mut_subcommands(|it| {
                it.mut_args(|it| match it.get_id().as_str() {
                    "name" => it.add(accessories()),
                    _ => it,
                })
            })
        })
}

/// Whether a value is one name, or several with commas between them.
#[derive(Clone, Copy)]
enum List {
    One,
    Commas,
}

fn completer(known: &Arc<Known>, names: fn(&Known) -> &[Name], form: List) -> ArgValueCompleter {
    let known = Arc::clone(known);
    ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_str().unwrap_or_default();
        let (before, last) = match (form, typed.rsplit_once(',')) {
            (List::Commas, Some((before, last))) => (format!("{before},"), last),
            _ => (String::new(), typed),
        };
        let is_new = |name: &str| before.split(',').all(|it| it != name);
        let fitting = names(&known).iter();
        let fitting = fitting.filter(|(name, _)| name.starts_with(last) && is_new(name));
        let candidate = |(name, about): &Name| {
            let value = format!("{before}{name}");
            CompletionCandidate::new(value).help(about.clone().map(Into::into))
        };
        fitting.map(candidate).collect::<Vec<_>>()
    })
}
