//! The words behind a Docker command: flags with and without values, then what the command is about.

/// Flags that take no value, in all commands alike.
const SWITCHES: &[&str] = &[
    "all",
    "append",
    "bootstrap",
    "detach",
    "digests",
    "follow",
    "follow-link",
    "force",
    "init",
    "interactive",
    "latest",
    "load",
    "no-cache",
    "no-healthcheck",
    "no-trunc",
    "oom-kill-disable",
    "password-stdin",
    "privileged",
    "publish-all",
    "pull",
    "push",
    "quiet",
    "read-only",
    "rm",
    "timestamps",
    "tty",
    "use",
    "volumes",
];

/// One-letter flags that take no value.
const LETTERS: &[(char, &str)] = &[
    ('P', "publish-all"),
    ('L', "follow-link"),
    ('a', "all"),
    ('d', "detach"),
    ('f', "force"),
    ('i', "interactive"),
    ('l', "latest"),
    ('q', "quiet"),
    ('t', "tty"),
];

/// What was given.
#[derive(Debug, Default)]
pub struct Options {
    given: Vec<(String, String)>,
    /// What stands behind the flags.
    pub words: Vec<String>,
}

impl Options {
    /// Reads the words of a command. `valued` are one-letter flags that take a value in this one, under their long
    /// names; with `ends_at_word` everything from the first word on belongs to somebody else.
    pub fn read(words: &[String], valued: &[(char, &str)], ends_at_word: bool) -> Self {
        let mut options = Self::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if word.len() < 2 || !word.starts_with('-') {
                options.words.push(word.clone());
                if ends_at_word {
                    break;
                }
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, value.to_owned()),
                    None if SWITCHES.contains(&long) => (long, String::new()),
                    None => (long, rest.next().cloned().unwrap_or_default()),
                };
                options.given.push((name.to_owned(), value));
            } else {
                options.letters(&word[1..], valued, &mut rest);
            }
        }
        options.words.extend(rest.cloned());
        options
    }

    fn letters<'a>(
        &mut self,
        cluster: &str,
        valued: &[(char, &str)],
        rest: &mut impl Iterator<Item = &'a String>,
    ) {
        for (at, letter) in cluster.char_indices() {
            if let Some((_, name)) = valued.iter().find(|(it, _)| *it == letter) {
                let behind = &cluster[at + letter.len_utf8()..];
                let value = match behind {
                    "" => rest.next().cloned().unwrap_or_default(),
                    value => value.strip_prefix('=').unwrap_or(value).to_owned(),
                };
                self.given.push(((*name).to_owned(), value));
                return;
            }
            let name = LETTERS.iter().find(|(it, _)| *it == letter);
            let name = name.map_or_else(|| letter.to_string(), |(_, name)| (*name).to_owned());
            self.given.push((name, String::new()));
        }
    }

    /// Whether a flag was given and not switched off.
    pub fn has(&self, name: &str) -> bool {
        self.given
            .iter()
            .any(|(it, value)| it == name && value != "false")
    }

    /// The last value of a flag.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut latest = self.given.iter().rev();
        let found = latest.find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All values of a flag.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.given.iter().filter(move |(it, _)| it == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The values of `--filter`, as key and value.
    pub fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all("filter")
            .map(|it| it.split_once('=').unwrap_or((it, "")))
    }
}
