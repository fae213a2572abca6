//! What holds of every row of the tables.

use std::collections::BTreeSet;

use super::{super::sections, ROOT, Rule, Support};
use crate::{
    findings::{Findings, KeyPath},
    schema::{Section, check::check_kind},
    source::Layer,
    tree::parse,
};

/// Every key of config §3 to §11 and of our own, below the name of its section.
const KEYS: [(&str, &str); 23] = [
    (
        "configuration",
        "service image labels volumes registry servers env asset_path hooks_path hooks_output secrets_path \
         error_pages_path require_destination primary_role allow_empty_roles retain_containers minimum_version \
         readiness_delay deploy_timeout drain_timeout stop_timeout run_directory ssh sshkit builder accessories \
         proxy boot logging output aliases primary_web_role x-dhow",
    ),
    ("registry", "server username password"),
    (
        "role",
        "hosts cmd stop_timeout options logging proxy labels env asset_path traefik",
    ),
    ("env", "clear secret tags"),
    ("env/tags", "clear secret"),
    ("logging", "driver options"),
    (
        "proxy",
        "host hosts app_port ssl ssl_redirect forward_headers response_timeout path_prefix path_prefixes \
         strip_path_prefix healthcheck buffering logging run",
    ),
    ("proxy/ssl", "certificate_pem private_key_pem"),
    ("proxy/healthcheck", "interval timeout path"),
    (
        "proxy/buffering",
        "requests responses memory max_request_body max_response_body",
    ),
    ("proxy/logging", "request_headers response_headers"),
    (
        "proxy/run",
        "http_port https_port bind_ips publish metrics_port debug log_max_size registry repository version \
         options",
    ),
    (
        "builder",
        "arch remote local driver context dockerfile target args secrets ssh cache provenance sbom pack \
         multiarch",
    ),
    ("builder/remote", "arch host"),
    ("builder/cache", "type options image"),
    ("builder/pack", "builder buildpacks"),
    (
        "accessory",
        "image service registry host hosts role roles tag tags cmd port labels options env files directories \
         volumes network proxy",
    ),
    ("accessory/files", "local remote mode owner options"),
    (
        "ssh",
        "user port proxy proxy_command log_level keys_only keys key_data config forward_agent",
    ),
    (
        "sshkit",
        "max_concurrent_starts pool_idle_timeout dns_retries",
    ),
    ("boot", "limit wait parallel_roles"),
    ("output", "otel file"),
    ("x-dhow", "secrets version latest"),
];

/// Small sections below those.
const SMALL: [(&str, &str); 4] = [
    ("output/otel", "endpoint"),
    ("output/file", "path"),
    ("x-dhow/secrets", "expand env_files"),
    ("x-dhow/version", "from digits env command immutable"),
];

fn rules() -> impl Iterator<Item = (&'static Section, &'static Rule)> {
    sections()
        .into_iter()
        .flat_map(|section| section.keys.iter().map(move |rule| (section, rule)))
}

#[test]
fn every_key_of_the_reference_is_there_and_no_other() {
    let expected: BTreeSet<(&str, &str)> = KEYS
        .iter()
        .chain(&SMALL)
        .flat_map(|(section, keys)| keys.split_whitespace().map(move |key| (*section, key)))
        .collect();
    let written: Vec<(&str, &str)> = rules()
        .map(|(section, rule)| (section.name, rule.name))
        .collect();
    assert_eq!(written.iter().copied().collect::<BTreeSet<_>>(), expected);
    assert_eq!(written.len(), expected.len(), "a key stands twice");
}

#[test]
fn the_root_comes_first_and_each_section_has_a_name_of_its_own() {
    let names: Vec<&str> = sections().iter().map(|section| section.name).collect();
    assert_eq!(names[0], ROOT.name);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

#[test]
fn every_text_is_a_sentence() {
    let of_sections = sections()
        .into_iter()
        .map(|section| (section.name.to_owned(), section.about));
    let of_keys =
        rules().map(|(section, rule)| (format!("{}/{}", section.name, rule.name), rule.about));
    for (name, about) in of_sections.chain(of_keys) {
        let starts_well = about.starts_with(|first: char| {
            first.is_uppercase() || first.is_ascii_digit() || first == '`'
        });
        assert!(starts_well && about.ends_with('.'), "{name}: {about}");
        assert!(!about.contains("  "), "{name}: {about}");
    }
}

/// What the check says of a value of a key, warnings included.
fn told_of(rule: &Rule, text: &str) -> Vec<String> {
    let parsed = parse(text, Layer::Base);
    let node = parsed
        .root
        .filter(|_| parsed.complete && parsed.findings.is_empty())
        .unwrap_or_else(|| panic!("{}: {text} is one YAML value", rule.name));
    let mut findings = Findings::none();
    check_kind(rule.kind, &node, &KeyPath::root(), &mut findings);
    let problems = findings.into_problems();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn every_default_and_every_example_is_taken_without_a_word() {
    for (section, rule) in rules() {
        for text in rule.default.into_iter().chain(rule.examples()) {
            let told = told_of(rule, text);
            assert!(
                told.is_empty(),
                "{}/{}: {text}: {told:?}",
                section.name,
                rule.name
            );
        }
    }
}

#[test]
fn every_key_that_does_something_has_an_example_that_is_not_its_default() {
    for (section, rule) in rules() {
        let name = format!("{}/{}", section.name, rule.name);
        let expected = match rule.support {
            Support::Yes => 1,
            Support::Ignored(_) | Support::OfKamal1 => 0,
        };
        assert!(rule.examples().count() >= expected, "{name}");
        if expected == 1 && !name.starts_with("proxy/run/version") {
            assert_ne!(rule.example, rule.default, "{name}");
        }
    }
}

/// A mistake in an example would otherwise only be found by whoever copies it.
#[test]
fn what_is_not_taken_is_told() {
    let rule = ROOT.rule("retain_containers").unwrap();
    assert_eq!(told_of(rule, "many").len(), 1);
    assert_eq!(told_of(rule, "0100").len(), 1);
}
