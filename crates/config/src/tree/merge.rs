//! How a destination's file is laid over the base: mappings key by key, all else replaced (config §1.4).

use super::{Content, Entry, Node, entries::Entries};

/// `over` laid over `base`. A merged mapping keeps its place in the base.
pub(crate) fn merge(base: &Node, over: &Node) -> Node {
    let (Content::Mapping(lower), Content::Mapping(upper)) = (&base.content, &over.content) else {
        return over.clone();
    };
    let mut entries = Entries::from(lower.clone());
    for entry in upper {
        lay(&mut entries, entry);
    }
    Node {
        content: Content::Mapping(entries.into_vec()),
        span: base.span,
    }
}

fn lay(entries: &mut Entries, entry: &Entry) {
    match entries.find(&entry.key) {
        None => entries.push(entry.clone()),
        Some(known) => {
            let both_mappings = known.value.mapping().is_some() && entry.value.mapping().is_some();
            known.value = merge(&known.value, &entry.value);
            if !both_mappings {
                known.key = entry.key.clone();
            }
        }
    }
}
