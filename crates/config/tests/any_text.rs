//! No text whatever makes reading or rendering panic, and a refusal always names a place.

use dhow_config::{Severity, Sources, load};
use dhow_names::Destination;
use proptest::prelude::*;

/// Words that deploy files are made of, and what breaks them.
fn words() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "service",
        "image",
        "servers",
        "web",
        "hosts",
        "registry",
        "password",
        "username",
        "proxy",
        "ssl",
        "env",
        "clear",
        "secret",
        "tags",
        "builder",
        "arch",
        "accessories",
        "files",
        "boot",
        "limit",
        "options",
        "restart",
        "run",
        "labels",
        "aliases",
        "ssh",
        "a",
        "x-y",
        "<<",
        "true",
        "no",
        "12:30",
        "0600",
        "1_0",
        "~",
        "é",
        "日本",
        "<%= x %>",
        "<%= ENV[\"X\"] || 1 %>",
        "<% 2.times do %>",
        "<% end -%>",
        "#",
        "*a",
        "&a",
        "!x",
        "\t",
        "\u{7}",
        "\u{1b}[31m",
        "\u{202e}",
        "\u{feff}",
        "'",
        "\"",
        "|",
        ">",
        "%",
        "---",
        "...",
        "\r\n",
        "-1",
        "99999999999999999999",
        "[",
        "]",
        "{",
        "}",
    ])
    .prop_map(str::to_owned);
    prop_oneof![8 => words, 1 => ".{0,6}"]
}

fn texts() -> impl Strategy<Value = String> {
    let glue = prop::sample::select(vec![
        ": ", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", ", ", " ", "", ": {", ": [", "}", "]",
    ]);
    prop::collection::vec((words(), glue), 0..30).prop_map(|parts| {
        parts
            .into_iter()
            .flat_map(|(word, glue)| [word, glue.to_owned()])
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_at_a_place(base in texts(), over in prop::option::of(texts())) {
        let staging: Destination = "staging".parse().expect("a destination");
        let over = over.as_deref().map(|text| (&staging, text));
        let sources = Sources::of_text(&base, over);
        if let Err(problems) = load(&sources, Some(&staging)) {
            prop_assert!(problems.0.iter().any(|problem| problem.severity == Severity::Error));
            prop_assert!(problems.0.iter().all(|problem| problem.place.is_some()));
            problems.render(false);
            problems.render(true);
        }
    }

    /// Almost good files reach further than wild ones.
    #[test]
    fn any_section_is_read_or_refused(
        key in prop::sample::select(vec![
            "servers", "registry", "builder", "proxy", "env", "accessories", "ssh", "boot", "hooks_output",
        ]),
        rest in texts(),
    ) {
        let text = format!("service: shop\nimage: a/b\nregistry: {{username: a, password: [P]}}\nbuilder: {{arch: amd64}}\n{key}: {{{rest}}}\n");
        if let Err(problems) = load(&Sources::of_text(&text, None), None) {
            problems.render(false);
        }
    }
}
