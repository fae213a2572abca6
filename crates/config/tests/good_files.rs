//! Files that work, and what is read from them.

use dhow_config::{Sources, load};

#[test]
fn a_plain_file_needs_ten_lines() {
    let text = include_str!("../../../testdata/deploy-files/plain.yml");
    let loaded = load(&Sources::of_text(text, None), None).unwrap();
    assert_eq!(loaded.warnings, []);
    insta::assert_debug_snapshot!(loaded.config);
}
