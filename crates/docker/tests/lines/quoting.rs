//! The words that a real shell hands to docker, for any value of the deploy file.

use dhow_config::{OptionValue, Pair};
use dhow_docker::app::{self, Boot};
use proptest::prelude::*;

use crate::{
    example::{SHOP, Shop},
    host::{SHELLS, StubHost},
};

/// What reaches docker of a value, by the rules of host-commands §1.3: Ruby's escapes for control characters
/// and `#` stay visible, everything else arrives as it is.
fn arrives(value: &str) -> String {
    let mut text = String::new();
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => text += "\\n",
            '\t' => text += "\\t",
            '\r' => text += "\\r",
            '\u{1b}' => text += "\\e",
            // Inside double quotes a backslash before `#` stays, one before `$` goes.
            '#' if matches!(characters.peek(), Some('{' | '$' | '@')) => text += "\\#",
            other => text.push(other),
        }
    }
    text
}

fn shop_with(value: &str) -> Shop {
    let mut shop = Shop::of(SHOP, None);
    let pair = |name: &str| Pair {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let web = shop
        .config
        .roles
        .iter_mut()
        .find(|role| role.name.as_str() == "web")
        .unwrap();
    web.labels = vec![pair("label")];
    web.options = vec![("option".to_owned(), OptionValue::Text(value.to_owned()))];
    web.hosts[0].env.clear = vec![pair("VALUE")];
    shop
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_value_reaches_docker_as_the_reference_says(
        value in "[a-zA-Z0-9 \"'`$(){}\\\\#@!*?~;&|<>\n\t\r\u{1b}éß✓🦀=:-]{0,30}"
    ) {
        // `${…}` is alive on purpose; what it becomes is the host's matter.
        let value = value.replace("${", "$ {");
        let shop = shop_with(&value);
        let web = shop.role("web");
        let line = app::run(&Boot {
            config: &shop.config,
            names: &shop.names,
            role: web,
            at: &web.hosts[0],
            version: &shop.version,
            hostname: "h",
        });
        let host = StubHost::with_docker(":");
        host.stub("docker", "for word; do printf '%s\\0' \"$word\"; done");
        for shell in SHELLS {
            let done = host.run(shell, &line.exposed());
            prop_assert_eq!(done.exit_code, Some(0), "{}", done.stderr);
            let words: Vec<&str> = done.stdout.split_terminator('\0').collect();
            let behind = |flag: &str, start: &str| {
                let at = words.windows(2).find(|pair| pair[0] == flag && pair[1].starts_with(start));
                at.map(|pair| pair[1].strip_prefix(start).unwrap().to_owned())
            };
            let expected = Some(arrives(&value));
            prop_assert_eq!(&behind("--env", "VALUE="), &expected);
            prop_assert_eq!(&behind("--label", "label="), &expected);
            prop_assert_eq!(&behind("--option", ""), &expected);
            prop_assert_eq!(words.last().copied(), Some("ghcr.io/acme/shop:1111111"));
        }
    }
}

#[test]
fn a_variable_is_the_hosts() {
    let shop = shop_with("${HOME}/x");
    let host = StubHost::with_docker(":");
    host.stub("docker", "for word; do printf '%s\\n' \"$word\"; done");
    let line = shop.run("web", 0, "000000000000");
    let done = host.run(SHELLS[0], &line);
    let home = host.path().display();
    assert!(
        done.stdout.contains(&format!("\nlabel={home}/x\n")),
        "{}",
        done.stdout
    );
}
