//! Laws of merging on what is read: a destination over its base, and a role over the root (config §1.4, §4.2, §4.3,
//! §5.3). `merges.rs` holds the same to the real Kamal.

use dhow_config::{Config, Env, Loaded, Pair, Problems, Role, Sources, load};
use dhow_names::Destination;
use proptest::prelude::*;
use serde_yaml::{Mapping, Value};

/// Files with few keys and values, so that both sides often name the same.
fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec!["one", "two", "", "a b"]).prop_map(Value::from),
        Just(Value::from(3)),
        any::<bool>().prop_map(Value::from),
    ]
}

fn keyed(
    keys: &'static [&'static str],
    value: impl Strategy<Value = Value> + 'static,
) -> BoxedStrategy<Value> {
    let entries = prop::collection::btree_map(prop::sample::select(keys), value, 0..=keys.len());
    let mapping = |entries: std::collections::BTreeMap<&str, Value>| {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value));
        Value::Mapping(entries.collect())
    };
    entries.prop_map(mapping).boxed()
}

/// A mapping that has each of these keys or not.
fn section(parts: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let parts: Vec<_> = parts
        .into_iter()
        .map(|(key, value)| prop::option::of(value).prop_map(move |value| (key, value)))
        .collect();
    let present = |(key, value): (&str, Option<Value>)| Some((Value::from(key), value?));
    parts
        .prop_map(move |parts| Value::Mapping(parts.into_iter().filter_map(present).collect()))
        .boxed()
}

fn one_of<T: Into<Value> + Clone + std::fmt::Debug + 'static>(
    values: Vec<T>,
) -> BoxedStrategy<Value> {
    prop::sample::select(values).prop_map(Into::into).boxed()
}

fn words(words: &'static [&'static str]) -> BoxedStrategy<Value> {
    let list = |words: Vec<&str>| Value::Sequence(words.into_iter().map(Value::from).collect());
    prop::sample::subsequence(words, 0..=words.len())
        .prop_shuffle()
        .prop_map(list)
        .boxed()
}

fn variables() -> BoxedStrategy<Value> {
    keyed(&["RED", "GREEN", "BLUE"], text())
}

fn secrets() -> BoxedStrategy<Value> {
    words(&["A", "B", "A:X", "C:Y"])
}

fn env() -> BoxedStrategy<Value> {
    section(vec![("clear", variables()), ("secret", secrets())])
}

fn labels() -> BoxedStrategy<Value> {
    keyed(&["team", "tier"], text())
}

fn logging() -> BoxedStrategy<Value> {
    let options = keyed(&["max-size", "max-file"], text());
    section(vec![
        ("driver", one_of(vec!["local", "syslog"])),
        ("options", options),
    ])
}

fn proxy() -> BoxedStrategy<Value> {
    let boolean = || one_of(vec![true, false]);
    section(vec![
        ("host", one_of(vec!["a.example", "b.example"])),
        ("ssl", boolean()),
        ("app_port", one_of(vec![80, 3000])),
        ("path_prefixes", words(&["/a", "/b"])),
        ("forward_headers", boolean()),
        (
            "healthcheck",
            section(vec![
                ("path", one_of(vec!["/up", "/ok"])),
                ("interval", one_of(vec![1, 2])),
            ]),
        ),
        (
            "buffering",
            section(vec![
                ("requests", boolean()),
                ("memory", one_of(vec![1, 2])),
            ]),
        ),
    ])
}

fn role() -> BoxedStrategy<Value> {
    let hosts = words(&["h1", "h2"]).prop_filter("a host", |hosts| {
        hosts.as_sequence().is_some_and(|hosts| !hosts.is_empty())
    });
    let rest = section(vec![
        ("cmd", one_of(vec!["run one", "run two"])),
        ("env", env()),
        ("labels", labels()),
        ("logging", logging()),
        ("proxy", proxy()),
        ("stop_timeout", one_of(vec![1, 2])),
    ]);
    (hosts, rest)
        .prop_map(|(hosts, mut rest)| {
            rest["hosts"] = hosts;
            rest
        })
        .boxed()
}

fn sections() -> BoxedStrategy<Value> {
    section(vec![
        ("servers", section(vec![("web", role()), ("job", role())])),
        ("env", env()),
        ("labels", labels()),
        ("logging", logging()),
        ("proxy", proxy()),
        ("volumes", words(&["a:/a", "b:/b"])),
        ("retain_containers", one_of(vec![1, 2])),
    ])
}

/// A whole file with these sections; nobody need say where its image lies.
fn file(sections: &Value) -> Value {
    let whole = "service: shop\nimage: acme/shop\nservers: {web: {hosts: [h1]}}\n\
                 registry: {username: [USER], password: [PASSWORD]}\nbuilder: {arch: amd64}\n";
    let whole: Value = serde_yaml::from_str(whole).expect("valid YAML");
    laid(&whole, sections)
}

fn nothing() -> Value {
    Value::Mapping(Mapping::new())
}

/// The rule of config §1.4 in the plainest words.
fn laid(base: &Value, over: &Value) -> Value {
    let (Value::Mapping(lower), Value::Mapping(upper)) = (base, over) else {
        return over.clone();
    };
    let mut merged: Mapping = lower.clone();
    for (key, value) in upper {
        let value = lower
            .get(key)
            .map_or(value.clone(), |below| laid(below, value));
        merged.insert(key.clone(), value);
    }
    Value::Mapping(merged)
}

fn written(value: &Value) -> String {
    serde_yaml::to_string(value).expect("plain data")
}

fn staging() -> Destination {
    "staging".parse().expect("a destination")
}

/// What is read of a base with a destination, but for the destination's name.
fn read_over(base: &Value, over: &Value) -> Result<Loaded, Problems> {
    let (base, over, staging) = (written(base), written(over), staging());
    let sources = Sources::of_text(&base, Some((&staging, &over)));
    let mut loaded = load(&sources, Some(&staging))?;
    loaded.config.destination = None;
    Ok(loaded)
}

fn read(file: &Value) -> Result<Config, Problems> {
    let loaded = load(&Sources::of_text(&written(file), None), None)?;
    Ok(loaded.config)
}

/// The role `web` of a file with this root and this role.
fn web(root: &Value, role: &Value) -> Result<Role, Problems> {
    let mut file = laid(&file(&nothing()), root);
    file["servers"]["web"] = laid(&file["servers"]["web"], role);
    let name = "web".parse().expect("a role");
    Ok(read(&file)?.role(&name).expect("the role").clone())
}

/// One section of a root or a role.
fn only(key: &str, value: &Value) -> Value {
    Value::Mapping(std::iter::once((key.into(), value.clone())).collect())
}

/// What both say the same: a value, or that the file is refused.
fn taken<T>(read: Result<T, Problems>) -> Option<T> {
    read.ok()
}

/// Pairs as the rule has them: a key keeps its first place, and its last value.
fn laid_pairs(lower: &Value, upper: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => written(other).trim().to_owned(),
    };
    let merged = laid(lower, upper);
    let entries = merged.as_mapping().expect("a mapping").iter();
    entries
        .map(|(key, value)| (text(key), text(value)))
        .collect()
}

fn as_written(pairs: &[Pair]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|pair| (pair.name.clone(), pair.value.clone()))
        .collect()
}

fn secrets_of(env: &Env) -> Vec<String> {
    let name = |secret: &dhow_config::EnvSecret| {
        if secret.variable == secret.source {
            secret.variable.to_string()
        } else {
            format!("{}:{}", secret.variable, secret.source)
        }
    };
    env.secret.iter().map(name).collect()
}

/// Both lists, each entry at its first place.
fn united(lower: &Value, upper: &Value) -> Vec<String> {
    let mut union: Vec<String> = Vec::new();
    for entry in [lower, upper]
        .into_iter()
        .filter_map(Value::as_sequence)
        .flatten()
    {
        let entry = entry.as_str().expect("a text").to_owned();
        if !union.contains(&entry) {
            union.push(entry);
        }
    }
    union
}

proptest! {
    #[test]
    fn nothing_as_destination_changes_nothing(sections in sections()) {
        let base = file(&sections);
        let over = taken(read_over(&base, &nothing())).map(|loaded| loaded.config);
        prop_assert_eq!(over, taken(read(&base)));
    }

    #[test]
    fn a_file_over_itself_changes_nothing(sections in sections()) {
        let base = file(&sections);
        let over = taken(read_over(&base, &base)).map(|loaded| loaded.config);
        prop_assert_eq!(over, taken(read(&base)));
    }

    #[test]
    fn a_destination_is_laid_over_key_by_key(lower in sections(), upper in sections()) {
        let base = file(&lower);
        let over = taken(read_over(&base, &upper)).map(|loaded| loaded.config);
        prop_assert_eq!(over, taken(read(&laid(&base, &upper))));
    }

    #[test]
    fn laying_it_over_twice_changes_nothing(lower in sections(), upper in sections()) {
        let Ok(once) = read_over(&file(&lower), &upper) else {
            return Ok(());
        };
        let twice = read_over(&once.merged, &upper).expect("what is merged can be read");
        prop_assert_eq!(&twice.config, &once.config);
        prop_assert_eq!(twice.merged, once.merged.clone());
        prop_assert_eq!(taken(read(&once.merged)), Some(once.config));
    }

    /// What the root and the role say together is what the role alone would say of both.
    #[test]
    fn a_roles_proxy_is_laid_over_the_roots(root in proxy(), role in proxy()) {
        let both = web(&only("proxy", &root), &only("proxy", &role));
        let alone = web(&nothing(), &only("proxy", &laid(&root, &role)));
        prop_assert_eq!(taken(both).map(|role| role.proxy), taken(alone).map(|role| role.proxy));
    }

    #[test]
    fn a_roles_logging_is_laid_over_the_roots(root in logging(), role in logging()) {
        let both = web(&only("logging", &root), &only("logging", &role));
        let alone = web(&nothing(), &only("logging", &laid(&root, &role)));
        prop_assert_eq!(taken(both).map(|role| role.logging), taken(alone).map(|role| role.logging));
    }

    #[test]
    fn a_roles_labels_are_laid_over_the_roots(root in labels(), role in labels()) {
        let both = web(&only("labels", &root), &only("labels", &role)).expect("labels that are fine");
        prop_assert_eq!(as_written(&both.labels), laid_pairs(&root, &role));
    }

    /// Root, role, then the tags of the host in its order; secrets are united, each at its first place.
    #[test]
    fn environments_are_laid_over_each_other(
        clear in prop::collection::vec(variables(), 4),
        secret in prop::collection::vec(secrets(), 4),
        tags in prop::sample::subsequence(vec!["eu", "us"], 0..=2).prop_shuffle(),
    ) {
        let env = |at: usize| {
            laid(&only("clear", &clear[at]), &only("secret", &secret[at]))
        };
        let mut root = env(0);
        root["tags"] = laid(&only("eu", &env(2)), &only("us", &env(3)));
        let list = Value::Sequence(tags.iter().map(|tag| (*tag).into()).collect());
        let hosts = Value::Sequence(vec![only("h1", &list)]);
        let web = web(&only("env", &root), &laid(&only("hosts", &hosts), &only("env", &env(1))))
            .expect("environments that are fine");
        let layers = [0, 1].into_iter().chain(tags.iter().map(|tag| if *tag == "eu" { 2 } else { 3 }));
        let (mut variables, mut secrets) = (nothing(), Vec::new());
        for layer in layers {
            variables = laid(&variables, &clear[layer]);
            let known = Value::Sequence(secrets.into_iter().map(Value::String).collect());
            secrets = united(&known, &secret[layer]);
        }
        let read = &web.hosts[0].env;
        prop_assert_eq!(as_written(&read.clear), laid_pairs(&nothing(), &variables));
        prop_assert_eq!(secrets_of(read), secrets);
    }
}
