//! The table of rules names tests that are there.

use std::path::Path;

use fs_err as fs;

#[test]
fn every_rule_names_a_test_that_is_there() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let table = fs::read_to_string(repository.join("docs/secrets-rules.md")).unwrap();
    let named: Vec<(&str, &str)> = table
        .split('`')
        .filter_map(|word| word.split_once(".rs::"))
        .collect();
    assert!(named.len() > 60, "{}", named.len());
    for (file, test) in named {
        let text = fs::read_to_string(repository.join(format!("{file}.rs"))).unwrap();
        let is_there = text.contains(&format!("fn {test}("));
        assert!(is_there, "{file}.rs has no test {test}");
    }
}
