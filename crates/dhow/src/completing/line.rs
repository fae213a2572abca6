//! The line that is typed, as a shell hands it on.

/// The words of a line, the program's name first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) words: Vec<String>,
    /// Which of them is completed; one behind the last for a new one.
    pub(super) index: usize,
    /// What the shell has taken for a word of its own, so that no answer may repeat it.
    pub(super) before: String,
}

impl Line {
    /// Words as they are.
    pub(super) fn plain(mut words: Vec<String>, index: usize) -> Self {
        if words.len() <= index {
            words.resize(index + 1, String::new());
        }
        Self {
            words,
            index,
            before: String::new(),
        }
    }

    /// Words as bash splits them: it takes the `=` of `--roles=web` for a word of its own.
    pub(super) fn of_bash(words: Vec<String>, index: usize) -> Self {
        let Self { words, index, .. } = Self::plain(words, index);
        let mut line = Self {
            words: Vec::new(),
            index: 0,
            before: String::new(),
        };
        let mut joins = false;
        for (at, word) in words.into_iter().enumerate() {
            let is_equals = word == "=";
            let is_option = line.words.last().is_some_and(|it| it.starts_with("--"));
            match line.words.last_mut() {
                Some(last) if joins || (is_equals && is_option) => {
                    if at == index {
                        line.before = if is_equals {
                            format!("{last}=")
                        } else {
                            last.clone()
                        };
                    }
                    last.push_str(&word);
                }
                _ => line.words.push(word),
            }
            joins = is_equals && is_option;
            if at == index {
                line.index = line.words.len() - 1;
                break;
            }
        }
        line
    }

    /// The value of an option that is given already.
    pub(super) fn value_of(&self, long: &str, short: char) -> Option<&str> {
        let (joined, brief) = (format!("{long}="), format!("-{short}"));
        let others = self
            .words
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != self.index);
        let mut others = others.map(|(_, word)| word.as_str());
        while let Some(word) = others.next() {
            if word == long || word == brief {
                return others.next();
            }
            let value = word.strip_prefix(&joined);
            let value = value.or_else(|| word.strip_prefix(&brief).filter(|it| !it.is_empty()));
            if value.is_some() {
                return value;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn an_option_and_its_value_are_one_word() {
        for (typed, index, meant, before) in [
            (
                "dhow deploy --roles = web",
                4,
                "dhow deploy --roles=web",
                "--roles=",
            ),
            (
                "dhow deploy --roles =",
                3,
                "dhow deploy --roles=",
                "--roles=",
            ),
            (
                "dhow --roles = web deploy",
                4,
                "dhow --roles=web deploy",
                "",
            ),
            ("dhow app exec A = b", 5, "dhow app exec A = b", ""),
        ] {
            let line = Line::of_bash(words(typed), index);
            assert_eq!(line.words.join(" "), meant);
            assert_eq!(line.index, line.words.len() - 1, "{typed}");
            assert_eq!(line.before, before, "{typed}");
        }
    }

    #[test]
    fn a_new_word_is_completed_behind_the_last() {
        let line = Line::plain(words("dhow deploy"), 2);
        assert_eq!((line.words.len(), line.index), (3, 2));
    }

    #[test]
    fn values_that_were_given_are_known() {
        let line = |text| Line::plain(words(text), 9);
        for text in [
            "dhow -d staging deploy",
            "dhow -dstaging deploy",
            "dhow deploy --destination staging",
            "dhow deploy --destination=staging",
        ] {
            assert_eq!(
                line(text).value_of("--destination", 'd'),
                Some("staging"),
                "{text}"
            );
        }
        assert_eq!(line("dhow deploy").value_of("--destination", 'd'), None);
        let typing = Line::plain(words("dhow --destination=sta"), 1);
        assert_eq!(typing.value_of("--destination", 'd'), None);
    }
}
