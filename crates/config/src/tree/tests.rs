use proptest::prelude::*;
use serde_yaml::{Mapping, Value};

use super::{Content, Entry, Key, Meaning, Node, Scalar, merge::merge, parse};
use crate::source::{Layer, Span};

fn tree(text: &str) -> Node {
    let parsed = parse(text, Layer::Base);
    assert!(parsed.complete, "{:?}", parsed.findings);
    parsed.root.expect("a document")
}

fn value(text: &str) -> Value {
    tree(text).to_value(&[])
}

/// The value as `serde_yaml` reads it.
fn known(text: &str) -> Value {
    serde_yaml::from_str(text).expect("valid YAML")
}

/// What is written where the tree says that the value of `key` is.
fn written<'text>(text: &'text str, key: &str) -> &'text str {
    let tree = tree(text);
    let span = tree.entry(key).expect("the key").value.span;
    &text[span.start..span.end]
}

#[test]
fn spans_are_bytes_of_what_is_written() {
    assert_eq!(written("é: ü\nb: 'x y'   # c\n", "b"), "'x y'");
    assert_eq!(written("é: ü\nb: x", "é"), "ü");
    assert_eq!(written("a: \"x \\\" y\" # \"c\"", "a"), "\"x \\\" y\"");
    assert_eq!(written("a: 'it''s' # 'c'", "a"), "'it''s'");
    assert_eq!(written("a: plain words   # c\nb: 1", "a"), "plain words");
    assert_eq!(written("a: {b: c}  \n", "a"), "{b: c}");
    assert_eq!(written("a:\n  - b\n  - c\n\nd: e", "a"), "- b\n  - c");
    assert!(written("a: |\n  one\n  two\nb: c", "a").contains("two"));
    // An empty value stands where its key does.
    assert_eq!(written("a:\nb: c", "a"), "a");
}

/// Config §1.3: a key before `<<` is overwritten, one behind it wins, and earlier entries of a list win.
#[test]
fn merge_keys_apply_in_the_order_of_the_text() {
    let anchors = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\n";
    let merged = |text: &str| {
        let tree = value(&format!("{anchors}{text}"));
        tree.get("z").cloned().expect("z")
    };
    assert_eq!(merged("z: {a: 0, <<: *x}"), known("{a: 1, b: 1}"));
    assert_eq!(merged("z: {<<: *x, a: 0}"), known("{a: 0, b: 1}"));
    assert_eq!(merged("z: {<<: [*x, *y]}"), known("{a: 1, b: 1, c: 2}"));
    assert_eq!(merged("z: {<<: {q: 1}}"), known("{q: 1}"));
}

#[test]
fn overwriting_a_merged_key_is_no_duplicate() {
    let parsed = parse("x: &x {a: 1}\nz: {<<: *x, a: 2}", Layer::Base);
    assert!(parsed.findings.is_empty(), "{:?}", parsed.findings);
    let parsed = parse("z: {a: 1, a: 2}", Layer::Base);
    assert_eq!(parsed.findings.len(), 1);
}

#[test]
fn aliases_of_aliases_cannot_fill_the_memory() {
    use std::fmt::Write as _;
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let below = format!("*a{}", level - 1);
        let ten = vec![below; 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{ten}]").expect("writing to a string");
    }
    let parsed = parse(&text, Layer::Base);
    assert!(!parsed.complete);
}

#[test]
fn deep_nesting_is_refused() {
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(5_000),
        "- ".repeat(5_000),
    ] {
        assert!(!parse(&text, Layer::Base).complete);
    }
}

/// A tree without places, as if it had been written.
fn node(value: &Value) -> Node {
    let scalar = |text: String, plain| Content::Scalar(Scalar { text, plain });
    let content = match value {
        Value::Null => scalar("~".to_owned(), true),
        Value::Bool(value) => scalar(value.to_string(), true),
        Value::Number(number) => scalar(number.to_string(), true),
        Value::String(text) => scalar(text.clone(), false),
        Value::Sequence(items) => Content::List(items.iter().map(node).collect()),
        Value::Mapping(entries) => Content::Mapping(
            entries
                .iter()
                .map(|(key, value)| entry(key, value))
                .collect(),
        ),
        Value::Tagged(tagged) => return node(&tagged.value),
    };
    Node {
        content,
        span: Span::TOP,
    }
}

fn entry(key: &Value, value: &Value) -> Entry {
    let Content::Scalar(scalar) = node(key).content else {
        panic!("a key is a scalar");
    };
    Entry {
        key: Key::new(scalar, Span::TOP),
        value: node(value),
    }
}

/// Values as deploy files hold them. Texts begin with `s`, so that none means more than text.
fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(|number| Value::Number(number.into())),
        "s[a-zé0-9 ,:#'\"\\\\{}*&\n-]{0,12}".prop_map(Value::String),
    ];
    scalar.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Sequence),
            mappings_of(inner),
        ]
    })
}

fn mappings_of(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::btree_map("s[a-e]", inner, 0..5).prop_map(|entries| {
        let entries = entries
            .into_iter()
            .map(|(key, value)| (Value::String(key), value));
        Value::Mapping(entries.collect::<Mapping>())
    })
}

fn merged(base: &Value, over: &Value) -> Value {
    merge(&node(base), &node(over)).to_value(&[])
}

/// The rule of config §1.4 once more, in the plainest words.
fn is_merge_of(result: &Value, base: &Value, over: &Value) -> bool {
    let (Value::Mapping(lower), Value::Mapping(upper)) = (base, over) else {
        return result == over;
    };
    let Value::Mapping(result) = result else {
        return false;
    };
    let keys_fit = result
        .keys()
        .all(|key| lower.contains_key(key) || upper.contains_key(key));
    let lower_fits = lower.iter().all(|(key, value)| match upper.get(key) {
        None => result.get(key) == Some(value),
        Some(above) => result
            .get(key)
            .is_some_and(|found| is_merge_of(found, value, above)),
    });
    let upper_fits = upper
        .iter()
        .all(|(key, value)| lower.contains_key(key) || result.get(key) == Some(value));
    keys_fit && lower_fits && upper_fits
}

proptest! {
    /// Our reading and `serde_yaml`'s agree where YAML 1.1 and 1.2 do.
    #[test]
    fn what_is_written_is_read_back(value in values()) {
        let text = serde_yaml::to_string(&value).expect("plain data");
        let parsed = parse(&text, Layer::Base);
        prop_assert!(parsed.complete, "{text}\n{:?}", parsed.findings);
        prop_assert_eq!(parsed.root.expect("a document").to_value(&[]), value, "{}", text);
    }

    #[test]
    fn a_destination_lies_over_the_base(base in values(), over in values()) {
        prop_assert!(is_merge_of(&merged(&base, &over), &base, &over));
    }

    #[test]
    fn merging_a_tree_into_itself_or_nothing_changes_nothing(value in mappings_of(values())) {
        prop_assert_eq!(&merged(&value, &value), &value);
        let nothing = Value::Mapping(Mapping::new());
        prop_assert_eq!(&merged(&value, &nothing), &value);
        prop_assert_eq!(&merged(&nothing, &value), &value);
    }

    #[test]
    fn merging_is_associative_for_mappings_of_scalars(
        one in mappings_of(values().prop_filter("scalar", |value| !value.is_mapping())),
        two in mappings_of(values().prop_filter("scalar", |value| !value.is_mapping())),
        three in mappings_of(values().prop_filter("scalar", |value| !value.is_mapping())),
    ) {
        prop_assert_eq!(
            merged(&merged(&one, &two), &three),
            merged(&one, &merged(&two, &three))
        );
    }

    /// No text makes the scalar reader panic, and numbers are what they look like.
    #[test]
    fn any_scalar_has_a_meaning(text in ".{0,20}", number in any::<i32>()) {
        let scalar = |text: String| Scalar { text, plain: true };
        scalar(text).meaning();
        prop_assert_eq!(scalar(number.to_string()).meaning(), Meaning::Integer(number.into()));
    }
}
