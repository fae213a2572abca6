//! What is told about a file that cannot be worked with.

use dhow_config::{Sources, load};

fn told(text: &str) -> String {
    match load(&Sources::of_text(text, None), None) {
        Ok(loaded) => format!(
            "accepted\n{}",
            loaded
                .warnings
                .iter()
                .map(|warning| warning.render(false))
                .collect::<Vec<_>>()
                .join("\n\n")
        ),
        Err(problems) => problems.render(false),
    }
}

/// A good file with `text` behind it.
fn with(text: &str) -> String {
    told(&format!(
        "service: shop\nimage: acme/shop\nservers: [10.0.0.1]\nregistry: {{username: acme, password: [PW]}}\nbuilder: {{arch: amd64}}\n{text}"
    ))
}

#[test]
fn a_misspelt_key_and_a_wrong_type_are_told_together() {
    insta::assert_snapshot!(with("servrs: []\nlabels: 12\n"));
}
