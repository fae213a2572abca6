//! What people type out of habit, in the words of this program.

use std::ffi::OsString;

use clap::Command;

/// `dhow help deploy` becomes `dhow deploy --help`, `dhow app help logs` becomes `dhow app logs --help`. `-h` and
/// `--version` want a value here, as with Kamal; alone they can only mean what they mean elsewhere.
pub(crate) fn as_meant(definition: &Command, arguments: Vec<OsString>) -> Vec<OsString> {
    let (program, typed) = match arguments.split_first() {
        Some((program, typed)) => (program.clone(), typed),
        None => return arguments,
    };
    let words: Vec<&str> = typed
        .iter()
        .map(|word| word.to_str().unwrap_or_default())
        .collect();
    let is_group = |name: &str| {
        let command = definition.find_subcommand(name);
        command.is_some_and(Command::has_subcommands)
    };
    let meant: Vec<OsString> = match words.as_slice() {
        ["-h"] => vec!["--help".into()],
        ["--version" | "-V"] => vec!["version".into()],
        ["help", ..] => {
            let command = typed.iter().skip(1).cloned();
            command.chain(["--help".into()]).collect()
        }
        [group, "help", ..] if is_group(group) => {
            let command = typed.iter().skip(2).cloned();
            let group = typed.iter().take(1).cloned();
            group.chain(command).chain(["--help".into()]).collect()
        }
        _ => typed.to_vec(),
    };
    [vec![program], meant].concat()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::arguments::Arguments;

    fn meant(line: &str) -> String {
        let words = line.split(' ').map(OsString::from).collect();
        let words = as_meant(&Arguments::command(), words);
        words.join(" ".as_ref()).into_string().unwrap()
    }

    #[test]
    fn habits_are_understood() {
        for (typed, means) in [
            ("dhow -h", "dhow --help"),
            ("dhow --version", "dhow version"),
            ("dhow -V", "dhow version"),
            ("dhow help", "dhow --help"),
            ("dhow help app logs", "dhow app logs --help"),
            ("dhow app help logs", "dhow app logs --help"),
            ("dhow accessory help", "dhow accessory --help"),
        ] {
            assert_eq!(meant(typed), means);
        }
    }

    #[test]
    fn all_else_stays() {
        for line in [
            "dhow",
            "dhow deploy -h web1",
            "dhow -h web1 deploy",
            "dhow deploy --version 1",
            "dhow app exec help",
            "dhow rollback help",
        ] {
            assert_eq!(meant(line), line);
        }
        assert!(as_meant(&Arguments::command(), Vec::new()).is_empty());
    }
}
