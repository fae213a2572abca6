//! YAML tags, as psych takes them: most of them change nothing, not even that of a number.

use saphyr_parser::Tag;

const CORE: &str = "tag:yaml.org,2002:";

/// What the tag before a value does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Effect {
    /// The value is text, whatever it looks like.
    Text,
    /// The value is read as if it stood there without tag and quotes.
    Untagged,
}

/// The effect of a tag; none for those that make other things of a value, which are refused.
pub(super) fn effect(tag: &Tag) -> Option<Effect> {
    match (tag.handle.as_str(), tag.suffix.as_str()) {
        (CORE | "!", "str") | ("", "tag:yaml.org,2002:str") => Some(Effect::Text),
        ("", "!") | (CORE, "bool" | "int" | "map" | "merge" | "null" | "seq" | "timestamp") => {
            Some(Effect::Untagged)
        }
        _ => None,
    }
}

/// The tag as people write it.
pub(super) fn name(tag: &Tag) -> String {
    match tag.handle.as_str() {
        CORE => format!("!!{}", tag.suffix),
        "!" => format!("!{}", tag.suffix),
        handle => format!("!<{handle}{}>", tag.suffix),
    }
}
