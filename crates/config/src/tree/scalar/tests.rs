//! Our readings beside psych's, which `bin/parity record` has written down.

use super::{Meaning, Scalar};
use crate::{
    source::Layer,
    tree::{Content, parse},
};

const TABLE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../testdata/psych-scalars.tsv"
));

/// psych stops with an error of Ruby at these, which somebody who writes them means as text.
const TEXT_HERE: [&str; 2] = [".e+1", "-.e+1"];

/// The scalar as it stands behind a key of a file.
fn scalar(written: &str) -> Scalar {
    let parsed = parse(&format!("key: {written}\n"), Layer::Base);
    let root = parsed
        .root
        .unwrap_or_else(|| panic!("{written}: {:?}", parsed.findings));
    match &root.entry("key").expect("the key").value.content {
        Content::Scalar(scalar) => scalar.clone(),
        other => panic!("{written} is {other:?}"),
    }
}

/// The name of Ruby's class, and the text of `to_s`.
fn class_and_text(meaning: &Meaning) -> (&'static str, String) {
    let class = match meaning {
        Meaning::Null => "NilClass",
        Meaning::Boolean(true) => "TrueClass",
        Meaning::Boolean(false) => "FalseClass",
        Meaning::Integer(_) | Meaning::LargeInteger(_) => "Integer",
        Meaning::Float(_) => "Float",
        Meaning::Symbol(_) => "Symbol",
        Meaning::Date(_) => "Date",
        Meaning::Text(_) => "String",
    };
    (class, meaning.as_text().unwrap_or_default())
}

#[test]
fn scalars_mean_what_psych_reads() {
    let mut compared = 0;
    for line in TABLE.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [written, class, text, accepted] = columns.as_slice() else {
            panic!("four columns: {line}");
        };
        let scalar = scalar(written);
        assert_eq!(scalar.text, *written, "as it is written");
        let expected = match *class {
            "refused" => {
                assert!(TEXT_HERE.contains(written), "{written} is refused by psych");
                compared += 1;
                assert_eq!(scalar.meaning(), Meaning::Text(scalar.text.clone()));
                continue;
            }
            // A time is told as a day: neither is accepted as anything.
            "Date" | "Time" => ("Date", ""),
            class => (class, *text),
        };
        let meaning = scalar.meaning();
        let (class, text) = class_and_text(&meaning);
        assert_eq!((class, text.as_str()), expected, "{written}");
        assert_eq!(
            meaning.as_text().is_some(),
            accepted.contains("string"),
            "{written} where text is wanted"
        );
        compared += 1;
    }
    assert!(compared > 300, "only {compared} scalars");
}

#[test]
fn quoted_scalars_are_text() {
    for written in ["'12:30'", "\"12:30\"", "!!str 12:30"] {
        assert_eq!(
            scalar(written).meaning(),
            Meaning::Text("12:30".to_owned()),
            "{written}"
        );
    }
}

/// psych looks at the tag first and forgets the quotes.
#[test]
fn tags_without_effect_take_the_quotes_away() {
    for written in ["! 12:30", "! '12:30'", "!!int \"12:30\""] {
        assert_eq!(
            scalar(written).meaning(),
            Meaning::Integer(45000),
            "{written}"
        );
    }
}

#[test]
fn two_days_are_two_keys() {
    let parsed = parse("2024-01-01: a\n2024-01-02: b\n", Layer::Base);
    assert!(parsed.findings.is_empty(), "{:?}", parsed.findings);
    assert_eq!(parsed.root.expect("a mapping").size().values, 3);
}
