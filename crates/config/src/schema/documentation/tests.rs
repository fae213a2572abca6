use super::*;

fn named(asked: &str) -> String {
    documentation(Some(asked)).map_or_else(|error| error.to_string(), |found| found.name)
}

#[test]
fn sections_of_kamal_and_of_ours_are_found() {
    for (asked, name) in [
        ("configuration", "configuration"),
        ("accessory", "accessory"),
        ("accessories", "accessory"),
        ("alias", "aliases"),
        ("aliases", "aliases"),
        ("boot", "boot"),
        ("builder", "builder"),
        ("env", "env"),
        ("logging", "logging"),
        ("output", "output"),
        ("proxy", "proxy"),
        ("registry", "registry"),
        ("role", "role"),
        ("roles", "role"),
        ("servers", "servers"),
        ("ssh", "ssh"),
        ("sshkit", "sshkit"),
        ("x-dhow", "x-dhow"),
    ] {
        assert_eq!(named(asked), name, "{asked}");
    }
    assert_eq!(documentation(None), documentation(Some("configuration")));
}

#[test]
fn keys_are_found_by_their_paths() {
    for (asked, name) in [
        ("service", "service"),
        ("configuration/service", "service"),
        ("proxy.ssl", "proxy/ssl"),
        ("proxy/healthcheck", "proxy/healthcheck"),
        ("proxy/healthcheck/path", "proxy/healthcheck/path"),
        ("role/cmd", "role/cmd"),
        ("env/tags", "env/tags"),
        ("alias/console", "aliases"),
        ("x-dhow.secrets.expand", "x-dhow/secrets/expand"),
        // As problems spell them.
        ("servers/web/cmd", "role/cmd"),
        ("servers/web", "role"),
        ("servers/web/proxy/ssl", "proxy/ssl"),
        ("servers/web/hosts/0", "role/hosts"),
        ("servers/web/hosts/0/web1.example", "role/hosts"),
        ("servers/0", "servers"),
        ("accessories/db", "accessory"),
        ("accessories/db/files/0/mode", "accessory/files/mode"),
        ("env/PORT", "env"),
        ("env/clear/PORT", "env/clear"),
        ("env/tags/eu/secret/0", "env/tags/secret"),
        ("servers/web/options/memory", "role/options"),
    ] {
        assert_eq!(named(asked), name, "{asked}");
    }
}

#[test]
fn what_is_unknown_is_answered_with_what_is_near() {
    for (asked, near) in [
        ("prxy", Some("proxy")),
        ("acessory", Some("accessory")),
        ("proxy/helthcheck", Some("proxy/healthcheck")),
        ("proxy.ssl.certificate", None),
        ("app_port", Some("proxy/app_port")),
        ("service/name", None),
        ("secrets", Some("builder/secrets")),
        ("teapot", None),
        ("", None),
    ] {
        let error = documentation(Some(asked)).expect_err(asked);
        assert_eq!(
            error.to_string(),
            format!("No documentation found for {asked}")
        );
        assert_eq!(error.near.as_deref(), near, "{asked}");
    }
}

#[test]
fn places_are_where_a_deploy_file_has_them() {
    let place = |asked: &str| documentation(Some(asked)).unwrap().place.join("/");
    for (asked, expected) in [
        ("configuration", ""),
        ("service", ""),
        ("proxy", "proxy"),
        ("proxy/healthcheck", "proxy"),
        ("proxy/healthcheck/path", "proxy/healthcheck"),
        ("role", "servers/web"),
        ("accessory", "accessories/db"),
        ("accessory/files/mode", "accessories/db/files"),
        ("env/tags/secret", "env/tags/eu"),
        ("builder/remote/arch", "builder/remote"),
        ("logging", "logging"),
        ("registry", "registry"),
    ] {
        assert_eq!(place(asked), expected, "{asked}");
    }
}

#[test]
fn keys_below_are_told_where_they_belong_and_nowhere_else() {
    let key = |asked: &str| documentation(Some(asked)).unwrap().keys.remove(0);
    assert_eq!(key("proxy/healthcheck").keys.len(), 3);
    let of_role = key("role/proxy");
    assert_eq!((of_role.section, of_role.keys.len()), (Some("proxy"), 0));
    let of_role = key("role/env");
    assert_eq!((of_role.section, of_role.keys.len()), (Some("env"), 0));
    let remote = key("builder/remote");
    assert_eq!((remote.section, remote.keys.len()), (None, 0));
    let root = documentation(None).unwrap();
    assert!(root.keys.iter().all(|key| key.keys.is_empty()));
    let sections: Vec<&str> = root.sections.iter().map(|section| section.name).collect();
    assert_eq!(
        sections,
        [
            "registry",
            "role",
            "env",
            "ssh",
            "sshkit",
            "builder",
            "accessory",
            "proxy",
            "boot",
            "logging",
            "output",
            "x-dhow"
        ]
    );
}

#[test]
fn data_holds_values_and_not_their_yaml() {
    let documentation = documentation(Some("proxy/app_port")).unwrap();
    let data = serde_json::to_value(documentation).unwrap();
    let expected = serde_json::json!({
        "name": "proxy/app_port",
        "about": null,
        "place": ["proxy"],
        "keys": [{
            "name": "app_port",
            "type": "whole number",
            "about": "The port the app listens on in its container.",
            "default": 80,
            "examples": [3000],
            "required": false,
            "deprecated": null,
            "section": null,
        }],
    });
    assert_eq!(data, expected);
}
