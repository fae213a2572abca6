//! `--output` of every command: in which form it tells what happens.
//!
//! Some commands have an `--output` of their own, such as `config` and `build push`. clap knows no option of every
//! command that gives way to such a one, so it is handed to the others here. In front of the command it is always
//! this one.

use std::ffi::OsString;

use clap::{ArgMatches, Command, CommandFactory, ValueEnum};

use super::Arguments;

/// How clap calls the option.
pub(super) const ID: &str = "report";

/// A form for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportForm {
    /// One JSON object per line on the standard output: docs/events.md
    Json,
}

/// The whole command line, each command with all the options that it takes.
pub(crate) fn definition() -> Command {
    let mut whole = Arguments::command();
    let Some(option) = whole.get_arguments().find(|it| it.get_id() == ID).cloned() else {
        return whole;
    };
    hand_down(&mut whole, &option);
    whole
}

fn hand_down(command: &mut Command, option: &clap::Arg) {
    for below in command.get_subcommands_mut() {
        let has_its_own = below
            .get_arguments()
            .any(|it| it.get_long() == option.get_long());
        if !has_its_own {
            *below = std::mem::take(below).arg(option.clone());
        }
        hand_down(below, option);
    }
}

/// Which form was asked for, wherever it stands; the last one counts.
pub(crate) fn asked_for(matches: &ArgMatches) -> Option<ReportForm> {
    let below = matches
        .subcommand()
        .and_then(|(_, matches)| asked_for(matches));
    let here = || matches.try_get_one(ID).ok().flatten().copied();
    below.or_else(here)
}

/// The same of a line that cannot be understood, as far as it can be read.
pub(crate) fn seems_asked_for(definition: &Command, words: &[OsString]) -> bool {
    let mut command = definition;
    let texts = words.iter().skip(1).filter_map(|word| word.to_str());
    let mut texts = texts.take_while(|word| *word != "--").peekable();
    while let Some(word) = texts.next() {
        let is_it = match word {
            "--output=json" => true,
            "--output" => texts.peek() == Some(&"json"),
            _ => false,
        };
        if is_it && command.get_arguments().any(|it| it.get_id() == ID) {
            return true;
        }
        command = command.find_subcommand(word).unwrap_or(command);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(line: &str) -> Option<ReportForm> {
        let matches = definition().try_get_matches_from(line.split(' '));
        asked_for(&matches.unwrap())
    }

    #[test]
    fn it_stands_before_and_behind_every_command() {
        for line in [
            "dhow --output json deploy",
            "dhow deploy --output json",
            "dhow app --output=json details",
            "dhow app details --output json",
            "dhow config schema --output json",
            "dhow --output json build push --output docker",
            "dhow --output json config --output yaml",
        ] {
            assert_eq!(form(line), Some(ReportForm::Json), "{line}");
        }
    }

    #[test]
    fn an_output_of_a_commands_own_is_another_matter() {
        for line in [
            "dhow deploy",
            "dhow config --output json",
            "dhow config check --output json",
            "dhow docs --output json",
            "dhow build push --output docker",
            "dhow app exec ls --output json",
        ] {
            assert_eq!(form(line), None, "{line}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_may_still_ask_for_it() {
        let seems = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            seems_asked_for(&definition(), &words)
        };
        for line in [
            "dhow --output json surprise",
            "dhow deploy --surprise --output=json",
            "dhow --output json docs --surprise",
            "dhow app --output json surprise",
        ] {
            assert!(seems(line), "{line}");
        }
        for line in [
            "dhow surprise",
            "dhow docs --surprise --output json",
            "dhow build push --output=json --surprise",
            "dhow deploy --output yaml",
            "dhow app exec --surprise -- ls --output json",
        ] {
            assert!(!seems(line), "{line}");
        }
    }

    #[test]
    fn no_command_is_without() {
        fn check(command: &Command) {
            let name = command.get_name();
            let mut longs = command.get_arguments().filter_map(clap::Arg::get_long);
            assert!(longs.any(|long| long == "output"), "{name}");
            command.get_subcommands().for_each(check);
        }
        check(&definition());
        definition().debug_assert();
    }
}
