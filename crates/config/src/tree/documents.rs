//! Our readings of whole documents beside psych's, which `bin/parity record` has written down.

use std::{fs, path::Path};

use super::{Content, Meaning, Node, parse};
use crate::source::Layer;

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../testdata/psych-documents"
);

/// Where we do not read what psych reads, with the reason.
const OTHERWISE: &[(&str, &[&str])] = &[
    (
        "Tags that make other things of a value are refused by name.",
        &[
            "plain-starting-with-bang",
            "tag-binary",
            "tag-binary-block",
            "tag-custom",
            "tag-custom-mapping",
            "tag-custom-number",
            "tag-float",
            "tag-handle",
            "tag-local-binary",
            "tag-omap",
            "tag-ruby-array",
            "tag-ruby-class",
            "tag-ruby-hash",
            "tag-ruby-object",
            "tag-ruby-range",
            "tag-ruby-regexp",
            "tag-ruby-struct",
            "tag-ruby-sym",
            "tag-ruby-symbol",
            "tag-set",
        ],
    ),
    (
        "A key of a deploy file is text.",
        &[
            "complex-key-flow",
            "complex-key-list",
            "complex-key-mapping",
        ],
    ),
    (
        "Refused with its place by our parser, which keeps to YAML 1.2; libyaml is more lenient.",
        &[
            "comment-without-space",
            "flow-not-indented",
            "quoted-less-indented",
            "tab-behind-key",
            "tab-in-flow",
        ],
    ),
    (
        "Taken, as it can only mean one thing; libyaml refuses it.",
        &[
            "anchor-names",
            "block-literal-tabs",
            "bom-and-marker",
            "octal-and-friends-in-flow",
            "plain-line-separator",
            "plain-next-line",
            "tab-after-indent",
            "tab-behind-dash",
            "tab-only-line",
            "time-behind-tab",
            "unknown-directive",
            "yaml-directive-1.0",
            "yaml-directive-2.0",
        ],
    ),
    (
        "A time stays as it is written; Kamal accepts none anywhere but in free values.",
        &["time-with-spaces"],
    ),
    (
        "A tagged `<<` merges like a quoted one.",
        &["merge-str-tagged"],
    ),
];

/// A value in the form of the records: keys and what JSON has no form for as text.
fn json(node: &Node) -> String {
    match &node.content {
        Content::Scalar(scalar) => match scalar.meaning() {
            Meaning::Null => "null".to_owned(),
            Meaning::Date(text) | Meaning::Symbol(text) | Meaning::Text(text) => quoted(&text),
            other => other.as_text().expect("a number or boolean"),
        },
        Content::List(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(","))
        }
        Content::Mapping(entries) => {
            let pairs = entries.iter().map(|entry| {
                let key = entry.key.scalar.meaning().as_text().unwrap_or_default();
                format!("{}:{}", quoted(&key), json(&entry.value))
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text")
}

/// The value of the document, or the first error.
fn ours(bytes: &[u8]) -> Result<String, String> {
    let text = str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let parsed = parse(text, Layer::Base);
    match parsed.findings.iter().find(|finding| finding.is_error()) {
        Some(problem) => Err(problem.message().to_owned()),
        None => Ok(parsed.root.as_ref().map_or("false".to_owned(), json)),
    }
}

#[test]
fn documents_mean_what_psych_reads() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for entry in fs::read_dir(Path::new(FOLDER)).expect("the folder") {
        let path = entry.expect("a file").path();
        if path.extension().is_none_or(|extension| extension != "yml") {
            continue;
        }
        let name = path
            .file_stem()
            .and_then(|name| name.to_str())
            .expect("a name");
        let recorded = fs::read_to_string(path.with_extension("json")).expect("a record");
        let psych = recorded
            .trim_end()
            .strip_prefix("{\"value\":")
            .and_then(|rest| rest.strip_suffix('}'));
        let ours = ours(&fs::read(&path).expect("the file"));
        let agree = match (&ours, psych) {
            (Ok(ours), Some(psych)) => ours == psych,
            (Err(_), None) => true,
            _ => false,
        };
        let is_known = OTHERWISE.iter().any(|(_, names)| names.contains(&name));
        if agree == is_known {
            wrong.push(format!("{name}\n  ours  {ours:?}\n  psych {recorded}"));
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
    assert!(compared > 200, "only {compared} documents");
}
