//! The words that a real shell hands to docker, for any value of the deploy file.

use dhow_config::{OptionValue, Pair};
use dhow_docker::{
    app::{self, Boot},
    audit::Auditor,
    lock::{self, LockDetails},
};
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_was_done_is_one_line_and_whoever_holds_the_lock_is_read_back(
        text in "[a-zA-Z0-9 \"'`$(){}\\\\#%!*?~;&|<>\n\téß✓🦀=:-]{0,40}"
    ) {
        let names = Shop::of(SHOP, None).names;
        let auditor = Auditor {
            recorded_at: "2026-01-02T03:04:05Z".to_owned(),
            performer: "dee@example.com".to_owned(),
        };
        let details = LockDetails {
            holder: text.clone(),
            since: "2026-01-02T03:04:05Z".to_owned(),
            version: "1".to_owned(),
            message: text.clone(),
        };
        for shell in SHELLS {
            let host = StubHost::with_docker(":");
            let record = auditor.record(&names, None, &text).exposed();
            prop_assert_eq!(host.run(shell, &record).exit_code, Some(0));
            let expected = format!(
                "[2026-01-02T03:04:05Z] [dee@example.com] {}\n",
                text.replace('\n', "\\n")
            );
            prop_assert_eq!(host.read(".kamal/shop-audit.log"), expected);

            let acquire = lock::acquire(&names, &details).exposed();
            prop_assert_eq!(host.run(shell, &acquire).exit_code, Some(0));
            let held = host.read(".kamal/lock-shop/details");
            prop_assert!(held.lines().all(|line| line.len() <= 60));
            let shown = host.run(shell, &lock::status(&names).exposed());
            prop_assert_eq!(shown.stdout, details.text());
        }
    }

    #[test]
    fn a_version_is_found_in_the_name_of_its_container(
        role in "[a-z]([a-z-]{0,8}[a-z])?",
        version in "[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,30}",
    ) {
        let text = SHOP.replace("  workers:", &format!("  {role}x:"));
        let shop = Shop::of(&text, None);
        let role = shop.role(&format!("{role}x"));
        let version = version.parse().unwrap();
        let container = shop.names.container(role, &version);
        prop_assert_eq!(shop.names.version_of(role, &container), Some(version.as_str()));
        let replaced = shop.names.replaced_container(role, &version, "0123456789abcdef");
        let expected = format!("{version}_replaced_0123456789abcdef");
        prop_assert_eq!(shop.names.version_of(role, &replaced), Some(expected.as_str()));
    }
}
