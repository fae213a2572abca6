//! `docs`: what deploy files may say, from the tables they are checked against (cli §7).

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use dhow_config::{Below, Documentation, DocumentedKey, NoDocumentation, Yaml, documentation};

use crate::{
    arguments::OutputForm,
    failure::{Failure, Kind},
    invocation::Invocation,
};

const HEADING: Style = Style::new().bold();
const KEY: Style = AnsiColor::Cyan.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// The section that is shown when none is named.
const ROOT: &str = "configuration";

/// Comments are broken before this column.
const WIDTH: usize = 80;

/// Shows a section or a key, or the top level.
pub(crate) fn run(
    invocation: &Invocation,
    asked: Option<&str>,
    output: Option<OutputForm>,
) -> Result<(), Failure> {
    let documentation = documentation(asked)?;
    match output {
        None => invocation.terminal.data(text(&documentation)),
        Some(OutputForm::Json) => {
            let json = serde_json::to_string_pretty(&documentation)
                .map_err(|error| Failure::of(Kind::Step, &error))?;
            invocation.terminal.data(format_args!("{json}\n"));
        }
    }
    Ok(())
}

impl From<NoDocumentation> for Failure {
    fn from(error: NoDocumentation) -> Self {
        let failure = Self::of(Kind::Usage, &error);
        match error.near {
            Some(near) => failure.hint(format!("did you mean `dhow docs {near}`?")),
            None if error.section == ROOT => failure.hint("`dhow docs` shows what there is"),
            None => failure.hint(format!("`dhow docs {}` shows what there is", error.section)),
        }
    }
}

/// A deploy file with comments: valid YAML, so that parts of it can be copied.
fn text(documentation: &Documentation) -> String {
    let mut page = Page::default();
    if let Some(about) = documentation.about {
        page.line(0, format!("# {HEADING}{}{HEADING:#}", documentation.name));
        page.line(0, "#");
        page.comment(0, about, Style::new());
        page.empty_line();
    }
    for (depth, key) in documentation.place.iter().enumerate() {
        page.line(depth, format!("{key}:"));
    }
    page.keys(documentation.place.len(), &documentation.keys);
    if !documentation.sections.is_empty() {
        page.empty_line();
        page.line(0, "# Sections, each with `dhow docs SECTION`:");
        for section in &documentation.sections {
            let (first, _) = section
                .about
                .split_once(". ")
                .unwrap_or((section.about, ""));
            let about = first.trim_end_matches('.');
            page.line(0, format!("#   {KEY}{:<10}{KEY:#} {about}", section.name));
        }
    }
    page.text
}

#[derive(Debug, Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, depth: usize, text: impl std::fmt::Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{:1$}{text}", "", depth * 2);
    }

    fn empty_line(&mut self) {
        self.text.push('\n');
    }

    /// A text broken into lines of comments.
    fn comment(&mut self, depth: usize, text: &str, style: Style) {
        let room = WIDTH.saturating_sub(depth * 2 + 2);
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && line.len() + 1 + word.len() > room {
                self.line(depth, format!("# {style}{line}{style:#}"));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(depth, format!("# {style}{line}{style:#}"));
    }

    fn keys(&mut self, depth: usize, keys: &[DocumentedKey]) {
        for (position, key) in keys.iter().enumerate() {
            if position > 0 {
                self.empty_line();
            }
            self.key(depth, key);
        }
    }

    fn key(&mut self, depth: usize, key: &DocumentedKey) {
        self.comment(depth, key.about, Style::new());
        self.comment(depth, &facts(key), FAINT);
        if let (Some(section), true) = (key.section, key.keys.is_empty()) {
            self.comment(depth, &format!("Its keys: dhow docs {section}"), FAINT);
        }
        let name = format!("{KEY}{}{KEY:#}:", key.name);
        if !key.keys.is_empty() {
            self.nested(depth, &name, key);
            return;
        }
        match key.examples.as_slice() {
            [] => self.line(depth, format!("# {name}")),
            [first, others @ ..] => {
                self.line(depth, format!("{name} {first}"));
                for other in others {
                    self.line(depth, format!("# {name} {other}"));
                }
            }
        }
    }

    /// A key with the keys below it, and before them the forms that have none.
    fn nested(&mut self, depth: usize, name: &str, key: &DocumentedKey) {
        let is_told_below =
            |example: &Yaml| key.below == Below::Directly && example.0.starts_with('{');
        for example in key.examples.iter().filter(|it| !is_told_below(it)) {
            self.line(depth, format!("# {name} {example}"));
        }
        self.line(depth, name);
        match key.below {
            Below::Directly => self.keys(depth + 1, &key.keys),
            Below::Named(example) => {
                self.line(depth + 1, format!("{example}:"));
                self.keys(depth + 2, &key.keys);
            }
            Below::InAnItem => {
                self.line(depth + 1, "-");
                self.keys(depth + 2, &key.keys);
            }
        }
    }
}

/// Type, default, and whether the key must or must not be written.
fn facts(key: &DocumentedKey) -> String {
    let mut facts = format!("Type: {}", key.kind);
    if let Some(default) = key.default {
        let _ = write!(facts, "; default: {default}");
    }
    if key.required {
        facts.push_str("; required");
    }
    if let Some(reason) = key.deprecated {
        let _ = write!(facts, "; deprecated: {reason}");
    }
    facts
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use dhow_config::{Sources, load};

    use super::*;

    fn plain(asked: Option<&str>) -> String {
        strip_str(&text(&documentation(asked).unwrap())).to_string()
    }

    /// The top level, and every section that it names.
    fn everything() -> Vec<(String, String)> {
        let root = documentation(None).unwrap();
        let sections = root.sections.iter().map(|section| section.name);
        let named = sections.chain(["servers", "alias"]);
        let pages = named.map(|name| (format!("dhow docs {name}"), plain(Some(name))));
        std::iter::once(("dhow docs".to_owned(), plain(None)))
            .chain(pages)
            .collect()
    }

    #[test]
    fn the_whole() {
        let pages = everything().into_iter();
        let pages: Vec<String> = pages
            .map(|(command, page)| format!("$ {command}\n{page}"))
            .collect();
        insta::with_settings!({omit_expression => true}, {
            insta::assert_snapshot!(pages.join("\n"));
        });
    }

    /// Whoever copies a page has the right keys in the right places, though not all of them go together.
    #[test]
    fn every_page_is_a_deploy_file_with_known_keys_and_right_types() {
        for (command, page) in everything() {
            let told = match load(&Sources::of_text(&page, None), None) {
                Ok(loaded) => loaded.warnings,
                Err(problems) => problems.0,
            };
            let wrong = told.iter().find(|problem| {
                let about_form = ["unknown key", "should be", "YAML", "twice", "quotes"];
                about_form
                    .iter()
                    .any(|words| problem.message.contains(words))
            });
            assert_eq!(wrong.map(ToString::to_string), None, "{command}");
        }
    }

    #[test]
    fn one_key_stands_in_its_place() {
        insta::assert_snapshot!(plain(Some("proxy.healthcheck")), @r"
        proxy:
          # How the proxy finds out whether the app is well.
          # Type: mapping
          healthcheck:
            # Seconds between two questions; 1 by itself.
            # Type: whole number
            interval: 3

            # Seconds an answer may take; 5 by itself.
            # Type: whole number
            timeout: 3

            # The path that is asked for; `/up` by itself.
            # Type: text
            path: /health
        ");
        insta::assert_snapshot!(plain(Some("builder/arch")), @r"
        builder:
          # The architecture of the hosts, or several.
          # Type: text or list of texts; required
          arch: [amd64, arm64]
          # arch: amd64
        ");
        insta::assert_snapshot!(plain(Some("accessories/db/files/0/mode")), @r#"
        accessories:
          db:
            files:
              # What `chmod` makes of it; quote octal digits. Files: 755 by default.
              # Type: text
              mode: "0640"
        "#);
        insta::assert_snapshot!(plain(Some("run_directory")), @r"
        # Without effect: files on hosts always lie in `.kamal`.
        # Type: text; deprecated: it has no effect: files on hosts always lie in
        # `.kamal`
        # run_directory:
        ");
    }

    #[test]
    fn no_line_is_longer_than_a_terminal_but_for_examples() {
        for (command, page) in everything() {
            for line in page
                .lines()
                .filter(|line| line.trim_start().starts_with("# "))
            {
                let is_example = line.contains(": [") || line.contains(": {");
                assert!(line.len() <= WIDTH || is_example, "{command}: {line}");
            }
        }
    }
}
