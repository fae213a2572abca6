//! How a project keeps its secrets, looked at without running any command in the secrets files.

use std::path::Path;

use dhow_config::{Mention, Mentions, Problem};
use dhow_names::SecretName;
use dhow_secrets::Survey;
use dhow_versioning::WorkTree;

/// What is known of a project besides its secrets files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeping<'a> {
    /// Where the deploy file speaks of secrets.
    pub(crate) mentions: &'a Mentions,
    /// The warnings about the deploy file itself.
    pub(crate) known: &'a [Problem],
    /// The repository, if there is one.
    pub(crate) work_tree: Option<&'a WorkTree>,
}

impl Keeping<'_> {
    /// What is unwise about how the secrets of these files are kept, a sentence each.
    pub(crate) fn unwise(&self, survey: &Survey) -> Vec<String> {
        let is_tracked = |file: &Path| self.work_tree.is_some_and(|it| it.tracks(file));
        let exposed = survey.exposed(is_tracked, |name| self.asks_for(name));
        let in_clear = self
            .mentions
            .clear
            .iter()
            .filter_map(|it| self.told_of_clear(it, survey));
        exposed
            .iter()
            .map(ToString::to_string)
            .chain(in_clear)
            .collect()
    }

    /// Whether the deploy file asks for a secret. The user of a registry is none, though it may be kept with
    /// the secrets.
    fn asks_for(&self, name: &SecretName) -> bool {
        let asked = &mut self.mentions.asked.iter();
        asked.any(|it| it.name == name.as_str() && !it.path.ends_with("registry/username/0"))
    }

    /// A word about a clear variable that has the name of a secret, unless the deploy file's own warnings hold
    /// one.
    fn told_of_clear(&self, mention: &Mention, survey: &Survey) -> Option<String> {
        let place = survey.place_of(&mention.name.parse().ok()?)?;
        if self.known.iter().any(|known| known.path == mention.path) {
            return None;
        }
        let Mention {
            name,
            path,
            place: written,
        } = mention;
        let (file, line, column) = (written.file.path.display(), written.line, written.column);
        Some(format!(
            "{file}:{line}:{column}: {path} is given in clear, and {place} sets a secret of that name; list {name} below \
             `secret` instead"
        ))
    }
}
