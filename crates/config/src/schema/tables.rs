//! The tables of config §3 to §11, one per section.

use super::{
    Kind::{
        self, Boolean, BooleanOr, Credential, Each, Env, Free, HookOutput, HostEntries, Integer,
        Mounts, Servers, SshConfig, Ssl, Text, TextMap, TextOrTexts, Texts,
    },
    Rule, Section, Support,
};

const fn key(name: &'static str, kind: Kind) -> Rule {
    Rule {
        name,
        kind,
        support: Support::Yes,
    }
}

const fn not_yet(name: &'static str) -> Rule {
    Rule {
        name,
        kind: Text,
        support: Support::NotYet,
    }
}

const fn ignored(name: &'static str, kind: Kind, reason: &'static str) -> Rule {
    Rule {
        name,
        kind,
        support: Support::Ignored(reason),
    }
}

/// The whole file (config §3).
pub(crate) static ROOT: Section = Section {
    keys: &[
        key("service", Text),
        key("image", Text),
        key("labels", TextMap),
        key("volumes", Texts),
        key("registry", Kind::Section(&REGISTRY)),
        key("servers", Servers),
        key("env", Env { tags: true }),
        not_yet("asset_path"),
        key("hooks_path", Text),
        key("hooks_output", HookOutput),
        key("secrets_path", Text),
        not_yet("error_pages_path"),
        key("require_destination", Boolean),
        key("primary_role", Text),
        key("allow_empty_roles", Boolean),
        key("retain_containers", Integer),
        key("minimum_version", Text),
        key("readiness_delay", Integer),
        key("deploy_timeout", Integer),
        key("drain_timeout", Integer),
        key("stop_timeout", Integer),
        ignored(
            "run_directory",
            Text,
            "it has no effect: files on hosts always lie in `.kamal`",
        ),
        key("ssh", Kind::Section(&SSH)),
        key("sshkit", Kind::Section(&SSHKIT)),
        key("builder", Kind::Section(&BUILDER)),
        key("accessories", Each(&ACCESSORY)),
        key("proxy", Kind::Section(&PROXY)),
        key("boot", Kind::Section(&BOOT)),
        key("logging", Kind::Section(&LOGGING)),
        not_yet("output"),
        key("aliases", TextMap),
        key("x-dhow", Kind::Section(&DHOW)),
    ],
};

/// Our own settings.
static DHOW: Section = Section {
    keys: &[key("secrets", Kind::Section(&DHOW_SECRETS))],
};

static DHOW_SECRETS: Section = Section {
    keys: &[key("expand", Text)],
};

/// A role in mapping form (config §4.2).
pub(super) static ROLE: Section = Section {
    keys: &[
        key("hosts", HostEntries),
        key("cmd", Text),
        key("stop_timeout", Integer),
        key("options", Free),
        key("logging", Kind::Section(&LOGGING)),
        key("proxy", BooleanOr(&PROXY)),
        key("labels", TextMap),
        key("env", Env { tags: false }),
        not_yet("asset_path"),
    ],
};

/// Config §6.
static REGISTRY: Section = Section {
    keys: &[
        key("server", Text),
        key("username", Credential),
        key("password", Credential),
    ],
};

/// Config §7.
static BUILDER: Section = Section {
    keys: &[
        key("arch", TextOrTexts("should be an array or a string")),
        not_yet("remote"),
        not_yet("local"),
        key("driver", Text),
        key("context", Text),
        key("dockerfile", Text),
        key("target", Text),
        key("args", Free),
        key("secrets", Texts),
        key("ssh", Text),
        key("cache", Kind::Section(&CACHE)),
        key("provenance", Text),
        key("sbom", Boolean),
        not_yet("pack"),
    ],
};

static CACHE: Section = Section {
    keys: &[key("type", Text), key("options", Text), key("image", Text)],
};

/// Config §8.1.
static PROXY: Section = Section {
    keys: &[
        key("host", Text),
        key("hosts", Texts),
        key("app_port", Integer),
        key("ssl", Ssl),
        key("ssl_redirect", Boolean),
        key("forward_headers", Boolean),
        key("response_timeout", Integer),
        key("path_prefix", Text),
        key("path_prefixes", Texts),
        key("strip_path_prefix", Boolean),
        key("healthcheck", Kind::Section(&HEALTH_CHECK)),
        key("buffering", Kind::Section(&BUFFERING)),
        key("logging", Kind::Section(&REQUEST_LOGGING)),
        key("run", Kind::Section(&PROXY_RUN)),
    ],
};

static HEALTH_CHECK: Section = Section {
    keys: &[
        key("interval", Integer),
        key("timeout", Integer),
        key("path", Text),
    ],
};

static BUFFERING: Section = Section {
    keys: &[
        key("requests", Boolean),
        key("responses", Boolean),
        key("memory", Integer),
        key("max_request_body", Integer),
        key("max_response_body", Integer),
    ],
};

static REQUEST_LOGGING: Section = Section {
    keys: &[
        key("request_headers", Texts),
        key("response_headers", Texts),
    ],
};

/// Config §8.4.
static PROXY_RUN: Section = Section {
    keys: &[
        key("http_port", Integer),
        key("https_port", Integer),
        key("bind_ips", Texts),
        key("publish", Boolean),
        key("metrics_port", Integer),
        key("debug", Boolean),
        key("log_max_size", Text),
        key("registry", Text),
        key("repository", Text),
        key("version", Text),
        key("options", Free),
    ],
};

/// Config §9.
static ACCESSORY: Section = Section {
    keys: &[
        key("image", Text),
        key("service", Text),
        not_yet("registry"),
        key("host", Text),
        key("hosts", Texts),
        key("role", Text),
        key("roles", Texts),
        key("tag", Text),
        key("tags", Texts),
        key("cmd", Text),
        key("port", Text),
        key("labels", TextMap),
        key("options", Free),
        key("env", Env { tags: false }),
        key("files", Mounts),
        key("directories", Mounts),
        key("volumes", Texts),
        key("network", Text),
        not_yet("proxy"),
    ],
};

/// Config §10.
static SSH: Section = Section {
    keys: &[
        key("user", Text),
        key("port", Text),
        key("proxy", Text),
        key("proxy_command", Text),
        ignored(
            "log_level",
            Text,
            "it has no effect: run dhow with `-v` to see more of the connections",
        ),
        key("keys_only", Boolean),
        key("keys", Texts),
        not_yet("key_data"),
        key("config", SshConfig),
        key("forward_agent", Boolean),
    ],
};

static SSHKIT: Section = Section {
    keys: &[
        key("max_concurrent_starts", Integer),
        key("pool_idle_timeout", Integer),
        key("dns_retries", Integer),
    ],
};

static BOOT: Section = Section {
    keys: &[
        key("limit", Text),
        key("wait", Integer),
        key("parallel_roles", Boolean),
    ],
};

static LOGGING: Section = Section {
    keys: &[key("driver", Text), key("options", TextMap)],
};
