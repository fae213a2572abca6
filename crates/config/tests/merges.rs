//! A destination over its base and a role over the root, beside what the real Kamal makes of the same pairs.
//!
//! `testdata/merges.json` holds random pairs with Kamal's result (`just parity record` writes it anew).

use dhow_config::{
    Accessory, Config, Env, Logging, OptionValue, Pair, Proxy, Role, Sources, Tls, load,
};
use serde_yaml::{Mapping, Value};

const PAIRS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/merges.json");

fn text<T: ToString + ?Sized>(value: &T) -> Value {
    Value::String(value.to_string())
}

fn mapping<K: Into<Value>>(entries: impl IntoIterator<Item = (K, Value)>) -> Value {
    let entries = entries.into_iter().map(|(key, value)| (key.into(), value));
    Value::Mapping(entries.collect::<Mapping>())
}

fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> Value {
    Value::Sequence(items.into_iter().map(|item| text(&item)).collect())
}

fn pairs(pairs: &[Pair]) -> Value {
    mapping(
        pairs
            .iter()
            .map(|pair| (pair.name.as_str(), text(&pair.value))),
    )
}

/// What Kamal's result holds, of ours.
fn made_of(config: &Config) -> Value {
    let roles = config.roles.iter();
    let accessories = config.accessories.iter();
    mapping([
        (
            "roles",
            mapping(roles.map(|one| (one.name.as_str(), role(one, config)))),
        ),
        (
            "accessories",
            mapping(accessories.map(|one| (one.name.as_str(), accessory(one)))),
        ),
    ])
}

fn role(role: &Role, config: &Config) -> Value {
    let hosts = role.hosts.iter();
    let stop = role
        .stop_timeout
        .map(|timeout| timeout.as_secs().to_string());
    mapping([
        (
            "hosts",
            mapping(hosts.map(|entry| (entry.host.as_str(), env(&entry.env)))),
        ),
        ("cmd", role.cmd.as_ref().map_or(Value::Null, text)),
        ("labels", pairs(&role.labels)),
        ("logging", logging(&role.logging)),
        (
            "stop",
            list(stop.iter().flat_map(|seconds| ["-t", seconds])),
        ),
        ("options", options(role)),
        (
            "proxy",
            role.proxy
                .as_ref()
                .map_or(Value::Null, |one| proxy(one, config)),
        ),
    ])
}

fn accessory(accessory: &Accessory) -> Value {
    mapping([
        ("hosts", list(&accessory.hosts)),
        ("image", text(&accessory.image)),
        ("labels", pairs(&accessory.labels)),
        ("env", env(&accessory.env)),
    ])
}

fn env(env: &Env) -> Value {
    let secrets = env.secret.iter().map(|secret| {
        let (variable, source) = (&secret.variable, &secret.source);
        if variable == source {
            variable.to_string()
        } else {
            format!("{variable}:{source}")
        }
    });
    mapping([("clear", pairs(&env.clear)), ("secret", list(secrets))])
}

fn logging(logging: &Logging) -> Value {
    let driver = logging.driver.iter();
    let driver = driver.flat_map(|driver| ["--log-driver".to_owned(), format!("\"{driver}\"")]);
    let options = logging.options.iter();
    let options = options.flat_map(|pair| {
        [
            "--log-opt".to_owned(),
            format!("{}=\"{}\"", pair.name, pair.value),
        ]
    });
    let all: Vec<String> = driver.chain(options).collect();
    if all.is_empty() {
        return list(["--log-opt", "max-size=\"10m\""]);
    }
    list(all)
}

fn options(role: &Role) -> Value {
    let flags = role.options.iter().flat_map(|(name, value)| match value {
        OptionValue::Text(value) => [format!("--{name}"), format!("\"{value}\"")],
        other => panic!("no pair has {other:?}"),
    });
    list(flags)
}

/// The flags of kamal-proxy's `deploy` (config §8.2).
fn proxy(proxy: &Proxy, config: &Config) -> Value {
    let seconds = |duration: std::time::Duration| format!("{}s", duration.as_secs());
    let single = [
        ("tls", (proxy.tls != Tls::Off).then(|| "true".to_owned())),
        ("deploy-timeout", Some(seconds(config.deploy_timeout))),
        ("drain-timeout", Some(seconds(config.drain_timeout))),
        (
            "health-check-interval",
            proxy.health_check.interval.map(seconds),
        ),
        ("health-check-path", proxy.health_check.path.clone()),
        ("target-timeout", proxy.response_timeout.map(seconds)),
        ("buffer-requests", Some(proxy.buffer_requests.to_string())),
        ("buffer-responses", Some(proxy.buffer_responses.to_string())),
        (
            "buffer-memory",
            proxy.buffer_memory.map(|bytes| bytes.to_string()),
        ),
        (
            "strip-path-prefix",
            proxy.strip_path_prefix.map(|switch| switch.to_string()),
        ),
        (
            "forward-headers",
            proxy.forward_headers.map(|switch| switch.to_string()),
        ),
    ];
    let single = single
        .into_iter()
        .filter_map(|(name, value)| Some((name, text(&value?))));
    let several = [
        ("host", list(&proxy.hosts)),
        ("path-prefix", list(&proxy.path_prefixes)),
        ("log-request-header", list(&proxy.log_request_headers)),
    ];
    mapping(single.chain(several))
}

#[test]
fn every_pair_is_merged_as_kamal_does() {
    let text = std::fs::read_to_string(PAIRS).expect("the pairs");
    let all: Vec<Value> = serde_yaml::from_str(&text).expect("a list of pairs");
    assert!(all.len() >= 100);
    let staging = "staging".parse().expect("a destination");
    for pair in &all {
        let part = |name: &str| pair[name].as_str().expect("a text");
        let (base, over) = (part("base"), part("destination"));
        let sources = Sources::of_text(base, Some((&staging, over)));
        let loaded = load(&sources, Some(&staging))
            .unwrap_or_else(|problems| panic!("{base}\n{over}\n{problems}"));
        let (ours, kamals) = (made_of(&loaded.config), &pair["kamal"]);
        assert_eq!(&ours, kamals, "of\n{base}\nand\n{over}");
    }
}
