//! The schema takes what the check takes, for every key and every sort of value.

use jsonschema::{Validator, draft202012};

use super::*;
use crate::{
    findings::{Findings, KeyPath},
    schema::check::check_kind,
    source::Layer,
    tree::{Node, parse},
};

/// One value of each sort that YAML has, and lists and mappings of them.
const VALUES: &str = r#"
word
""
"12"
"true"
12
0
1.5
true
null
[]
[word]
[12]
[1.5]
[true]
[null]
[one, two]
[[word]]
[{}]
[{a: b}]
[{a: 12}]
[{a: null}]
[{a: [b, 12]}]
[{a: [[b]]}]
[{a: {b: c}}]
[{a: b, c: d}]
[{local: a, remote: 12}]
[{local: a, remote: null}]
{}
{a: b}
{a: 12}
{a: true}
{a: null}
{a: []}
{a: [b]}
{a: [12]}
{a: [null]}
{a: [[b]]}
{a: [{b: c}]}
{a: {}}
{a: {b: c}}
{a: {b: {c: d}}}
{clear: {A: b}, secret: [C]}
{clear: {A: null}}
{clear: {A: b}, B: c}
{secret: C}
{tags: {eu: {A: b}}}
{tags: {eu: {tags: {us: {A: b}}}}}
{arch: amd64}
{arch: [amd64]}
{host: a, app_port: "80"}
"#;

fn values() -> impl Iterator<Item = (&'static str, Node)> {
    VALUES
        .lines()
        .filter(|line| !line.is_empty())
        .map(|text| (text, parse(text, Layer::Base).root.expect("it is YAML")))
}

/// A validator for values of one key.
fn validator_of(rule: &Rule) -> Validator {
    let mut schema = property(rule);
    // Nothing is required, as for the check, which judges types.
    schema["$defs"] = definitions(DescribedFile::Destination);
    draft202012::new(&schema).expect("it is a schema")
}

fn rules() -> impl Iterator<Item = (String, &'static Rule)> {
    sections().into_iter().flat_map(|section| {
        let of_section = section.keys.iter();
        of_section.map(move |rule| (format!("{}/{}", section.name, rule.name), rule))
    })
}

fn check_takes(rule: &Rule, node: &Node) -> bool {
    let mut findings = Findings::none();
    check_kind(rule.kind, node, &KeyPath::root(), &mut findings);
    !findings.has_errors()
}

/// Whether a value that the check takes is refused by whoever reads it later, so that a schema may refuse it as well.
fn reader_refuses(rule: &Rule) -> bool {
    // A mount may lack a part, or hold a key that does nothing.
    matches!(
        rule.kind,
        Kind::OneOf(_) | Kind::WordOr(..) | Kind::HookOutput | Kind::Mounts
    )
}

#[test]
fn it_takes_and_refuses_what_the_check_does() {
    let mut compared = 0;
    for (name, rule) in rules() {
        let validator = validator_of(rule);
        for (text, node) in values() {
            let value = serde_json::to_value(node.to_value(&[])).unwrap();
            let (ours, theirs) = (check_takes(rule, &node), validator.is_valid(&value));
            let agree = ours == theirs || (ours && reader_refuses(rule));
            assert!(
                agree,
                "{name}: {text}: the check says {ours}, the schema {theirs}"
            );
            compared += 1;
        }
    }
    assert!(compared > 5000, "{compared}");
}

#[test]
fn it_takes_every_default_and_every_example() {
    for (name, rule) in rules() {
        let validator = validator_of(rule);
        for text in rule.default.into_iter().chain(rule.examples()) {
            let value = value_of(text).unwrap_or_else(|| panic!("{name}: {text} is YAML"));
            assert!(validator.is_valid(&value), "{name}: {text}");
        }
    }
}

#[test]
fn an_erb_tag_may_stand_for_any_value() {
    for (name, rule) in rules() {
        let value = json!("<%= ENV[\"ANYTHING\"] %>");
        assert!(validator_of(rule).is_valid(&value), "{name}");
    }
}

#[test]
fn words_for_booleans_are_booleans_though_yaml_1_2_reads_texts() {
    for (name, rule) in rules().filter(|(_, rule)| matches!(rule.kind, Kind::Boolean)) {
        let validator = validator_of(rule);
        for word in ["yes", "No", "ON", "off"] {
            assert!(validator.is_valid(&json!(word)), "{name}: {word}");
        }
        for word in ["y", "oN", "nope", "true", "on off"] {
            assert!(!validator.is_valid(&json!(word)), "{name}: {word}");
        }
    }
}

#[test]
fn what_is_known_of_a_key_is_in_its_schema() {
    let schema = json_schema(DescribedFile::Base);
    let properties = &schema["properties"];
    assert_eq!(properties["deploy_timeout"]["default"], json!(30));
    assert_eq!(properties["deploy_timeout"]["examples"], json!([60]));
    let run_directory = &properties["run_directory"];
    assert_eq!(run_directory["deprecated"], json!(true));
    assert_eq!(run_directory.get("examples"), None);
    let required = json!(["service", "registry", "builder"]);
    assert_eq!(schema["required"], required);
    assert_eq!(schema["$defs"]["accessory"]["required"], json!(["image"]));
    let builder = &schema["$defs"]["builder"];
    assert_eq!(
        builder.get("required"),
        None,
        "Kamal 1 spells arch otherwise"
    );
    assert_eq!(
        builder["properties"]["multiarch"]["deprecated"],
        json!(true)
    );
    let remote = &builder["properties"]["remote"]["anyOf"];
    assert_eq!(remote[1]["deprecated"], json!(true));
}

#[test]
fn nothing_is_required_of_a_file_of_a_destination() {
    let schema = json_schema(DescribedFile::Destination).to_string();
    // The `if` of environments asks for keys and requires none.
    let of_environments = schema.matches("\"if\":{\"anyOf\":[{\"required\":").count();
    assert_eq!(schema.matches("\"required\":").count(), of_environments * 3);
}
