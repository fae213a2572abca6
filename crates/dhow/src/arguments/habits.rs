//! What people type out of habit, in the words of this program.

use std::ffi::OsString;

/// `dhow help deploy` becomes `dhow deploy --help`. `-h` and `--version` want a value here, as with Kamal; alone they
/// can only mean what they mean elsewhere.
pub(crate) fn as_meant(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let arguments: Vec<OsString> = arguments.collect();
    let (program, typed) = match arguments.split_first() {
        Some((program, typed)) => (program.clone(), typed),
        None => return arguments,
    };
    let words: Vec<&str> = typed
        .iter()
        .map(|word| word.to_str().unwrap_or_default())
        .collect();
    let meant: Vec<OsString> = match words.as_slice() {
        ["-h"] => vec!["--help".into()],
        ["--version" | "-V"] => vec!["version".into()],
        ["help", ..] => {
            let command = typed.iter().skip(1).cloned();
            command.chain(["--help".into()]).collect()
        }
        _ => typed.to_vec(),
    };
    [vec![program], meant].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(line: &str) -> String {
        let words = as_meant(line.split(' ').map(OsString::from));
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
        ] {
            assert_eq!(meant(line), line);
        }
        assert!(as_meant(std::iter::empty()).is_empty());
    }
}
