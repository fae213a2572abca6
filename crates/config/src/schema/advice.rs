//! What to write in place of a value of the wrong type.

use crate::tree::{Content, Node, Scalar};

/// The way out where Kamal says that a value `should be` something.
pub(super) fn on_type(should_be: &str, node: &Node) -> String {
    let wants = |word: &str| should_be.contains(word);
    let help = match &node.content {
        Content::Scalar(scalar) if !scalar.is_null() => return on_scalar(should_be, scalar),
        Content::Scalar(_) if wants("array") || wants("hash") => {
            "nothing stands below it: indent what belongs there, or delete the key"
        }
        Content::Scalar(_) => "no key takes an empty value: write one, or delete the key",
        Content::List(_) if wants("array") => "this is a list: write no list in a list",
        Content::List(_) if wants("string") => "this is a list: write one text",
        Content::List(_) if wants("hash") => "this is a list: write `key: value` without dashes",
        Content::List(_) => "this is a list: write one value",
        Content::Mapping(_) if wants("string") && wants("array") => {
            "this is a mapping: write text, or a list of texts"
        }
        Content::Mapping(_) if wants("string") => "this is a mapping: write text",
        Content::Mapping(_) if wants("array") => {
            "this is a mapping: write a dash before each entry"
        }
        Content::Mapping(_) => "this is a mapping: write one value",
    };
    help.to_owned()
}

fn on_scalar(should_be: &str, scalar: &Scalar) -> String {
    let noun = scalar.meaning().noun();
    let is_entry = scalar.text.starts_with('-') && !scalar.text.starts_with("--");
    if scalar.plain && is_entry && should_be.contains("array") {
        return "a blank is missing behind the dash".to_owned();
    }
    let instead = match should_be {
        "should be an integer" => "write a whole number, without a unit",
        "should be a boolean" | "should be a boolean or a hash" => "write `true` or `false`",
        "should be an array" => return format!("write it as a list: [{}]", as_list(scalar)),
        text if text.contains("array") => "write a list, each entry behind a dash",
        text if text.contains("hash") => "write keys with values below it",
        _ => "write text",
    };
    format!("this is {noun}: {instead}")
}

/// Commas between words separate entries to people, whatever YAML says.
fn as_list(scalar: &Scalar) -> String {
    let entries = scalar.text.split(',').map(str::trim);
    entries.collect::<Vec<_>>().join(", ")
}
