//! How a mapping grows while it is read: repeated keys and merge keys (config §1.3).

use indexmap::IndexMap;

use super::{Content, Entry, Key, Node, Scalar};
use crate::{
    findings::{Finding, KeyPath},
    source::Span,
};

/// Entries in the order in which their keys came first, by what their keys mean: looking through all of them for
/// each new key would take long in a large mapping.
#[derive(Debug, Default)]
pub(super) struct Entries(IndexMap<String, Entry>);

impl Entries {
    /// The entry whose key is the same to Kamal, however it is written.
    pub(super) fn find(&mut self, key: &Key) -> Option<&mut Entry> {
        self.0.get_mut(&meaning(&key.scalar))
    }

    /// Adds an entry whose key is new.
    pub(super) fn push(&mut self, entry: Entry) {
        self.0.insert(meaning(&entry.key.scalar), entry);
    }

    pub(super) fn into_vec(self) -> Vec<Entry> {
        self.0.into_values().collect()
    }
}

impl From<Vec<Entry>> for Entries {
    fn from(entries: Vec<Entry>) -> Self {
        let mut all = Self::default();
        for entry in entries {
            all.push(entry);
        }
        all
    }
}

/// The kind of a value and the value: `1` is not `"1"`, but `0x1`.
fn meaning(scalar: &Scalar) -> String {
    format!("{:?}", scalar.meaning())
}

/// A key that is written twice in one mapping.
#[must_use = "the writer should know of it"]
pub(super) struct Twice {
    key: String,
    first: Span,
    last: Span,
}

impl Twice {
    pub(super) fn finding(self, path: &KeyPath) -> Finding {
        let message = format!(
            "the key `{}` is written twice; the last one counts",
            self.key
        );
        Finding::warning(path, self.last, message)
            .related(self.first, "written here first")
            .help("delete one of them")
    }
}

/// Adds an entry to a mapping, in the manner of a Ruby hash: the last value wins and the first position stays.
/// `start` is where the mapping begins.
pub(super) fn enter(
    entries: &mut Entries,
    start: usize,
    key: Key,
    mut value: Node,
    is_alias: bool,
) -> Option<Twice> {
    if key.text() == "<<" && merges(&value, is_alias) {
        merge_in(entries, &value);
        return None;
    }
    if value.span.start == value.span.end {
        value.span = key.span;
    }
    let Some(known) = entries.find(&key) else {
        entries.push(Entry { key, value });
        return None;
    };
    // A key that came in through `<<` is overwritten on purpose; it is written outside this mapping.
    let from_merge = known.key.span.start < start;
    let twice = Twice {
        key: key.text().to_owned(),
        first: known.key.span,
        last: key.span,
    };
    known.value = value;
    known.key = key;
    (!from_merge).then_some(twice)
}

/// Whether psych merges this value of a `<<`: a mapping, or a list of mappings that is written at the place.
fn merges(value: &Node, is_alias: bool) -> bool {
    match &value.content {
        Content::Mapping(_) => true,
        Content::List(items) => !is_alias && items.iter().all(|item| item.mapping().is_some()),
        Content::Scalar(_) => false,
    }
}

/// Applies a merge key in the order of the text: it overwrites what stands before it (config §1.3).
fn merge_in(entries: &mut Entries, value: &Node) {
    let sources: Vec<&Node> = match value.list() {
        Some(items) => items.iter().rev().collect(),
        None => vec![value],
    };
    for entry in sources.into_iter().filter_map(Node::mapping).flatten() {
        match entries.find(&entry.key) {
            Some(known) => known.value = entry.value.clone(),
            None => entries.push(entry.clone()),
        }
    }
}
