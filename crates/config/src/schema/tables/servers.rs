//! Roles (config §4).

use super::{
    super::{
        Kind::{Boolean, BooleanOr, Env, Free, HostEntries, Integer, Section as In, Text, TextMap},
        Section,
    },
    key,
    proxy::PROXY,
    running::LOGGING,
};

/// A role in mapping form (config §4.2).
pub(crate) static ROLE: Section = Section {
    name: "role",
    about: "A role is a group of hosts that run the image with one command. The primary role is \
            behind the proxy; others only when their `proxy` says so.",
    keys: &[
        key(
            "hosts",
            HostEntries,
            "The hosts, each a text, or a mapping from a host to its tag or tags.",
        )
        .default("[]")
        .example("[10.0.0.1, {10.0.0.2: eu}]"),
        key(
            "cmd",
            Text,
            "The command, in place of the image's own. It is handed to the shell as it is.",
        )
        .example("bin/jobs"),
        key(
            "stop_timeout",
            Integer,
            "How many seconds a container may take to stop; in place of the root's.",
        )
        .example("60"),
        key(
            "options",
            Free,
            "Further flags of `docker run`, without their dashes. `true` is a flag alone, a list \
            repeats the flag. `restart` is a policy; `unless-stopped` by default.",
        )
        .default("{}")
        .example("{memory: 2g, cap-add: [NET_ADMIN]}"),
        key(
            "logging",
            In(&LOGGING),
            "Where its containers log to, laid over the root's.",
        )
        .default("{}")
        .example("{options: {max-size: 1g}}"),
        key(
            "proxy",
            BooleanOr(&PROXY),
            "Whether the role is behind the proxy, and what it says otherwise than the \
            root.",
        )
        .example("{host: api.shop.example}")
        .also(&["true"]),
        key(
            "labels",
            TextMap,
            "Labels of its containers, laid over the root's.",
        )
        .default("{}")
        .example("{tier: back}"),
        key(
            "env",
            Env { tags: false },
            "The environment of its containers, laid over the root's.",
        )
        .default("{}")
        .example("{THREADS: \"4\"}"),
        key(
            "asset_path",
            Text,
            "In place of the root's; an empty text turns it off.",
        )
        .example("\"\""),
        key(
            "traefik",
            Boolean,
            "Kamal 1's name for `proxy: true` and `proxy: false`.",
        )
        .of_kamal_1(),
    ],
};
