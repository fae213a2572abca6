//! How a mapping grows while it is read: repeated keys and merge keys (config §1.3).

use super::{Content, Entry, Key, Node};
use crate::findings::{Finding, KeyPath};

/// Adds an entry to a mapping, in the manner of a Ruby hash: the last value wins and the first position stays.
/// `start` is where the mapping begins.
pub(super) fn enter(
    entries: &mut Vec<Entry>,
    path: &KeyPath,
    start: usize,
    key: Key,
    mut value: Node,
    is_alias: bool,
) -> Option<Finding> {
    if key.text() == "<<" && merges(&value, is_alias) {
        merge_in(entries, &value);
        return None;
    }
    if value.span.start == value.span.end {
        value.span = key.span;
    }
    let Some(known) = entries.iter_mut().find(|entry| entry.key.is(&key)) else {
        entries.push(Entry { key, value });
        return None;
    };
    // A key that came in through `<<` is overwritten on purpose; it is written outside this mapping.
    let from_merge = known.key.span.start < start;
    let finding = Finding::warning(
        path,
        key.span,
        format!(
            "the key `{}` is written twice; the last one counts",
            key.text()
        ),
    )
    .related(known.key.span, "written here first")
    .help("delete one of them");
    known.value = value;
    known.key = key;
    (!from_merge).then_some(finding)
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
fn merge_in(entries: &mut Vec<Entry>, value: &Node) {
    let sources: Vec<&Node> = match value.list() {
        Some(items) => items.iter().rev().collect(),
        None => vec![value],
    };
    for entry in sources.into_iter().filter_map(Node::mapping).flatten() {
        let known = entries.iter_mut().find(|known| known.key.is(&entry.key));
        match known {
            Some(known) => known.value = entry.value.clone(),
            None => entries.push(entry.clone()),
        }
    }
}
