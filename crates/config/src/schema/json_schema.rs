//! The tables as a JSON Schema (draft 2020-12), for editors and for tools that know no more than that.
//!
//! An editor reads a file before its ERB tags are rendered, so a text with a tag may stand for anything, and it reads
//! YAML 1.2, in which `yes` is a text.

use serde_json::{Map, Value, json};

use super::{Kind, Rule, Section, sections, tables};

/// Where the schemas of the newest version lie.
const HOME: &str = "https://raw.githubusercontent.com/dhow-deploy/dhow/main/docs/";
/// What a text with an ERB tag holds.
const TAG: &str = "<%";
/// YAML 1.1's words for booleans that are texts to YAML 1.2.
const BOOLEAN_WORDS: &str = "^([Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$";
const FALSE_WORDS: &str = "^([Nn]o|NO|[Oo]ff|OFF)$";

/// Which deploy file a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DescribedFile {
    /// `deploy.yml`, in which nothing that is required may be missing.
    Base,
    /// `deploy.DESTINATION.yml`, which says what differs and may leave out anything.
    Destination,
}

impl DescribedFile {
    /// The name of the schema's file.
    pub fn schema_name(self) -> &'static str {
        match self {
            Self::Base => "deploy.schema.json",
            Self::Destination => "deploy.destination.schema.json",
        }
    }
}

/// The JSON Schema of a deploy file. It knows keys and types; what depends on other keys, only
/// [`load`](crate::load) can judge.
pub fn json_schema(file: DescribedFile) -> Value {
    let mut schema = mapping_of(&tables::ROOT, file);
    schema.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    let name = file.schema_name();
    schema.insert("$id".to_owned(), json!(format!("{HOME}{name}")));
    schema.insert("title".to_owned(), json!("Deploy file of dhow and Kamal"));
    schema.insert("type".to_owned(), json!("object"));
    schema.remove("pattern");
    schema.insert(
        "patternProperties".to_owned(),
        json!({TAG: true, "^x-": true}),
    );
    schema.insert("$defs".to_owned(), definitions(file));
    Value::Object(schema)
}

/// Every section below the root, and what has no section but stands in several places.
fn definitions(file: DescribedFile) -> Value {
    let below_root = sections().into_iter().skip(1);
    let mut all: Map<String, Value> = below_root
        .map(|section| (definition_name(section), definition(section, file)))
        .collect();
    all.insert("erb".to_owned(), json!({"type": "string", "pattern": TAG}));
    all.insert("host".to_owned(), host());
    Value::Object(all)
}

fn definition(section: &'static Section, file: DescribedFile) -> Value {
    let mut schema = mapping_of(section, file);
    if std::ptr::eq(section, &raw const tables::CERTIFICATE) {
        // What is unknown there does nothing, and only a warning tells so.
        schema.remove("additionalProperties");
    }
    if [&raw const tables::ENV, &raw const tables::ENV_OF_TAG]
        .contains(&std::ptr::from_ref(section))
    {
        also_variables(&mut schema);
    }
    Value::Object(schema)
}

/// Slashes would have to be escaped in references.
fn definition_name(section: &Section) -> String {
    section.name.replace('/', ".")
}

fn reference(section: &Section) -> Value {
    json!({"$ref": format!("#/$defs/{}", definition_name(section))})
}

/// A mapping with known keys.
fn mapping_of(section: &Section, file: DescribedFile) -> Map<String, Value> {
    let properties: Map<String, Value> = section
        .keys
        .iter()
        .map(|rule| (rule.name.to_owned(), property(rule)))
        .collect();
    let mut schema = Map::from_iter([
        ("title".to_owned(), json!(section.name)),
        ("description".to_owned(), json!(section.about)),
        ("type".to_owned(), json!(["object", "string"])),
        ("pattern".to_owned(), json!(TAG)),
        ("properties".to_owned(), Value::Object(properties)),
        ("patternProperties".to_owned(), json!({TAG: true})),
        ("additionalProperties".to_owned(), json!(false)),
    ]);
    let required = required(section, file);
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}

fn required(section: &Section, file: DescribedFile) -> Vec<&'static str> {
    let is_of_kamal_1 = |rule: &Rule| matches!(rule.kind, Kind::OrKamal1(..));
    // Of a builder, Kamal 1's keys may say what is required.
    if file == DescribedFile::Destination || section.keys.iter().any(is_of_kamal_1) {
        return Vec::new();
    }
    let required = section.keys.iter().filter(|rule| rule.is_required);
    required.map(|rule| rule.name).collect()
}

/// An environment with variables of any name, as long as none of its own keys is there (config §5.1).
fn also_variables(schema: &mut Map<String, Value>) {
    let own_keys = ["clear", "secret", "tags"];
    let has_one: Vec<Value> = own_keys
        .iter()
        .map(|key| json!({"required": [key]}))
        .collect();
    let known: Map<String, Value> = schema["properties"]
        .as_object()
        .into_iter()
        .flat_map(|properties| properties.keys())
        .map(|key| (key.clone(), json!(true)))
        .collect();
    schema.remove("additionalProperties");
    schema.remove("patternProperties");
    schema.insert("if".to_owned(), json!({"anyOf": has_one}));
    let structured = json!({
        "properties": known, "patternProperties": {TAG: true}, "additionalProperties": false,
    });
    schema.insert("then".to_owned(), structured);
    schema.insert("else".to_owned(), json!({"additionalProperties": text()}));
}

fn property(rule: &Rule) -> Value {
    let mut schema = kind(rule.kind);
    let examples: Vec<Value> = rule.examples().filter_map(value_of).collect();
    schema["title"] = json!(rule.name);
    schema["description"] = json!(rule.about);
    if let Some(default) = rule.default.and_then(value_of) {
        schema["default"] = default;
    }
    if !examples.is_empty() {
        schema["examples"] = Value::Array(examples);
    }
    if let Some(reason) = rule.deprecated() {
        schema["deprecated"] = json!(true);
        // VS Code and JetBrains show this; the standard has no word for it.
        schema["deprecationMessage"] = json!(reason);
    }
    schema
}

/// The value that YAML in the tables means; a test holds that each is one.
pub(super) fn value_of(yaml: &str) -> Option<Value> {
    serde_yaml::from_str(yaml).ok()
}

/// What the check takes for a kind (config §2.2).
fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Text | Kind::FileMode => text(),
        Kind::OneOf(words) => one_of(words.iter().copied()),
        Kind::Integer => json!({"type": ["integer", "string"], "minimum": 0, "pattern": TAG}),
        Kind::Boolean => boolean(),
        Kind::Texts | Kind::WrittenSecrets => list_of(&text()),
        Kind::TextMap => map_of(&text()),
        Kind::Scalars => map_of(&json!({"type": ["string", "number", "boolean", "null"]})),
        Kind::Free => map_of(&json!({"anyOf": [text_or_texts(), {"type": "null"}]})),
        Kind::TextOrTexts(_) | Kind::SshConfig => text_or_texts(),
        Kind::Section(section) => reference(section),
        Kind::WordOr(words, section) => {
            let word = one_of(words.iter().copied());
            json!({"anyOf": [word, reference(section)]})
        }
        Kind::BooleanOr(section) => json!({"anyOf": [boolean(), reference(section)]}),
        Kind::FalseOr(section) => {
            let words = json!({"type": "string", "pattern": FALSE_WORDS});
            json!({"anyOf": [{"enum": [false]}, words, reference(section)]})
        }
        Kind::Ssl => json!({"anyOf": [boolean(), reference(&tables::CERTIFICATE)]}),
        Kind::Each(section) => map_of(&reference(section)),
        Kind::OrKamal1(now, then) => {
            let mut old = reference(then);
            old["deprecated"] = json!(true);
            json!({"anyOf": [self::kind(*now), old]})
        }
        Kind::Servers => servers(),
        Kind::HostEntries => hosts(),
        Kind::Env { tags: true } => reference(&tables::ENV),
        Kind::Env { tags: false } => reference(&tables::ENV_OF_TAG),
        Kind::EnvTags => map_of(&reference(&tables::ENV_OF_TAG)),
        Kind::Credential => {
            json!({"type": ["string", "array", "null"], "items": {"type": "string"}, "maxItems": 1})
        }
        Kind::HookOutput => hook_output(),
        Kind::Mounts => list_of(&json!({"anyOf": [text(), reference(&tables::MOUNT)]})),
        Kind::Aliases => {
            let mut aliases = map_of(&text());
            aliases["propertyNames"] = json!({"pattern": format!("^[a-z0-9_-]+$|{TAG}")});
            aliases
        }
    }
}

/// Numbers and booleans are texts as well (config §2.2).
fn text() -> Value {
    json!({"type": ["string", "number", "boolean"]})
}

fn text_or_texts() -> Value {
    json!({"type": ["string", "number", "boolean", "array"], "items": text()})
}

fn boolean() -> Value {
    json!({"type": ["boolean", "string"], "pattern": format!("{BOOLEAN_WORDS}|{TAG}")})
}

fn list_of(item: &Value) -> Value {
    json!({"type": ["array", "string"], "items": item, "pattern": TAG})
}

fn map_of(value: &Value) -> Value {
    json!({"type": ["object", "string"], "additionalProperties": value, "pattern": TAG})
}

/// Editors offer the words, which they would not with a pattern.
fn one_of(words: impl Iterator<Item = &'static str>) -> Value {
    let words: Vec<&str> = words.collect();
    json!({"anyOf": [{"enum": words}, {"$ref": "#/$defs/erb"}]})
}

/// A host alone, or a mapping from it to its tag or tags (config §4.1).
fn host() -> Value {
    json!({
        "title": "host",
        "description": "A host, or a mapping from one host to its tag or tags.",
        "type": ["string", "object"],
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": text_or_texts(),
    })
}

fn hosts() -> Value {
    list_of(&json!({"$ref": "#/$defs/host"}))
}

/// A list of hosts, or a mapping of roles to such a list or to settings.
fn servers() -> Value {
    let role = json!({"anyOf": [hosts(), reference(&tables::ROLE)]});
    let mut schema = hosts();
    schema["type"] = json!(["array", "object", "string"]);
    schema["additionalProperties"] = role;
    schema
}

/// A word, as text or as a Ruby symbol, for all hooks or by hook.
fn hook_output() -> Value {
    let word = one_of(["quiet", "verbose", ":quiet", ":verbose"].into_iter());
    let by_hook = json!({"type": "object", "additionalProperties": word});
    let mut schema = word;
    if let Some(forms) = schema["anyOf"].as_array_mut() {
        forms.push(by_hook);
    }
    schema
}

#[cfg(test)]
mod tests;
