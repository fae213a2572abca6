//! Deploy files as templates: ERB tags rendered before the YAML is read (config §1.2).

use std::ops::Range;

use dhow_erb::{Mistake, Rendered, Runtime, TemplateKind, Value, render};

use crate::{
    findings::{Finding, KeyPath},
    source::{Layer, SourceFile, Span},
    tree::{Content, Meaning, Node, Scalar, parse},
};

/// A deploy file as it is written, and what its tags make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeployFile {
    pub(crate) source: SourceFile,
    pub(crate) rendered: Result<Rendered, Vec<Mistake>>,
}

impl DeployFile {
    /// Renders a file. This is where its commands run.
    pub(crate) fn render(source: SourceFile, runtime: &mut dyn Runtime) -> Self {
        let rendered = render(&source.text, TemplateKind::DeployFile, runtime, read_yaml);
        Self { source, rendered }
    }
}

/// A mistake in a tag; its span counts the bytes of the file as written.
pub(crate) fn finding(mistake: &Mistake, layer: Layer) -> Finding {
    let span = Span::new(layer, mistake.range.clone());
    Finding::error(&KeyPath::root(), span, mistake.message.as_str())
        .maybe_help(mistake.help.clone())
}

/// A mistake in a tag that stands in a comment, where nothing depends on it.
pub(crate) fn finding_in_comment(mistake: &Mistake, layer: Layer) -> Finding {
    let span = Span::new(layer, mistake.range.clone());
    Finding::warning(&KeyPath::root(), span, mistake.message.as_str())
        .help("the tag stands in a comment and is left as it is, but Kamal runs it; delete it, or write `<%%` instead of `<%`")
}

/// What `YAML.load_file` makes of a text, read as psych does.
pub(crate) fn read_yaml(text: &str) -> Result<Value, String> {
    let parsed = parse(text, Layer::Base);
    match parsed.findings.iter().find(|finding| finding.is_error()) {
        Some(problem) => Err(problem.message().to_owned()),
        None => Ok(parsed.root.as_ref().map_or(Value::Nil, value)),
    }
}

fn value(node: &Node) -> Value {
    match &node.content {
        Content::Scalar(scalar) => scalar_value(scalar),
        Content::List(items) => Value::list(items.iter().map(value).collect()),
        Content::Mapping(entries) => {
            let pairs = entries
                .iter()
                .map(|entry| (scalar_value(&entry.key.scalar), value(&entry.value)));
            Value::map(pairs.collect())
        }
    }
}

fn scalar_value(scalar: &Scalar) -> Value {
    match scalar.meaning() {
        Meaning::Null => Value::Nil,
        Meaning::Boolean(boolean) => Value::Boolean(boolean),
        Meaning::Integer(number) => Value::Integer(number),
        Meaning::Float(number) => Value::Float(number),
        Meaning::Symbol(name) => Value::Symbol(name.into()),
        Meaning::LargeInteger(text) | Meaning::Date(text) | Meaning::Text(text) => {
            Value::text(text)
        }
    }
}

/// The parts of `range` of a file as written that must be covered where a secret stands. A tag that only asks the
/// environment shows nothing and stays readable.
pub(crate) fn to_cover(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut from = range.start;
    while let Some(open) = find(text, "<%", from, range.end) {
        let Some(close) = find(text, "%>", open, range.end) else {
            break;
        };
        if asks_the_environment_only(&text[open..close]) {
            parts.push(from..open);
            parts.push(open..open);
            from = close + 2;
            continue;
        }
        parts.push(from..close + 2);
        from = close + 2;
    }
    parts.push(from..range.end);
    parts.retain(|part| part.start < part.end);
    parts
}

fn find(text: &str, what: &str, from: usize, end: usize) -> Option<usize> {
    let found = text.get(from..end)?.find(what)?;
    Some(from + found)
}

/// Whether the only quotes in a tag are around names behind `ENV[` and `ENV.fetch(`.
fn asks_the_environment_only(tag: &str) -> bool {
    let mut rest = tag;
    let mut others = String::new();
    while let Some(at) = rest.find("ENV") {
        others.push_str(&rest[..at]);
        rest = &rest[at + 3..];
        let Some(argument) = rest
            .strip_prefix('[')
            .or_else(|| rest.strip_prefix(".fetch("))
        else {
            continue;
        };
        let Some(quote) = argument
            .chars()
            .next()
            .filter(|quote| matches!(quote, '"' | '\''))
        else {
            continue;
        };
        let name = &argument[1..];
        let length = name
            .find(|character: char| character != '_' && !character.is_ascii_alphanumeric())
            .unwrap_or(name.len());
        if let Some(behind) = name[length..].strip_prefix(quote) {
            rest = behind;
        }
    }
    others.push_str(rest);
    !others.contains(['"', '\'', '`', ':', '[', '(']) && !others.contains("%q")
}
