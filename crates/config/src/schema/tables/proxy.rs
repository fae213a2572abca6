//! The proxy (config §8).

use super::{
    super::{
        Kind::{Boolean, Free, Integer, Section as In, Ssl, Text, Texts},
        Section,
    },
    key,
};

/// `proxy`, of the root, of a role or of an accessory (config §8.1).
pub(super) static PROXY: Section = Section {
    name: "proxy",
    about: "The proxy hands requests to the app. It switches to a new version when that is healthy. A role's \
            settings are laid over the root's. What is left out is the proxy's own default.",
    keys: &[
        key("host", Text, "The host names that lead to the app, with commas between them. Without any, all do.")
            .example("shop.example"),
        key("hosts", Texts, "The same as a list; not beside `host`.").example("[shop.example, www.shop.example]"),
        key("app_port", Integer, "The port the app listens on in its container.").default("80").example("3000"),
        key("ssl", Ssl, "Whether the proxy serves TLS, with a certificate from Let's Encrypt, or with one of your \
            own.").default("false").example("true").also(&["{certificate_pem: CERTIFICATE, private_key_pem: PRIVATE_KEY}"]),
        key("ssl_redirect", Boolean, "Whether plain HTTP is sent on to HTTPS, when `ssl` is on.").example("false"),
        key("forward_headers", Boolean, "Whether `X-Forwarded-*` of clients are handed on. Without it: not with \
            TLS, else yes.").example("true"),
        key("response_timeout", Integer, "How many seconds the app may take to answer; 30 by itself.").example("10"),
        key("path_prefix", Text, "The paths that lead to the app, with commas between them.").example("/api"),
        key("path_prefixes", Texts, "The same as a list, which is taken when both are there.").example("[/api, /auth]"),
        key("strip_path_prefix", Boolean, "Whether the prefix is cut off before the app sees the path; it is by \
            itself.").example("false"),
        key("healthcheck", In(&HEALTH_CHECK), "How the proxy finds out whether the app is well.")
            .example("{path: /health, interval: 2}"),
        key("buffering", In(&BUFFERING), "Whether bodies are read as a whole before they are handed on, and how \
            large they may be.").example("{responses: false}"),
        key("logging", In(&REQUEST_LOGGING), "Which headers stand in the proxy's log.")
            .example("{request_headers: [X-Request-Id]}"),
        key("run", In(&PROXY_RUN), "How the proxy's own container runs. All roles of a host must agree.")
            .example("{http_port: 8080, https_port: 8443}"),
    ],
};

/// Custom certificates (config §8.3).
pub(crate) static CERTIFICATE: Section = Section {
    name: "proxy/ssl",
    about: "A certificate of your own, from two secrets in PEM form.",
    keys: &[
        key(
            "certificate_pem",
            Text,
            "The name of the secret with the certificate and its chain.",
        )
        .example("CERTIFICATE"),
        key(
            "private_key_pem",
            Text,
            "The name of the secret with the private key.",
        )
        .example("PRIVATE_KEY"),
    ],
};

static HEALTH_CHECK: Section = Section {
    name: "proxy/healthcheck",
    about: "How the proxy finds out whether the app is well.",
    keys: &[
        key(
            "interval",
            Integer,
            "Seconds between two questions; 1 by itself.",
        )
        .example("3"),
        key(
            "timeout",
            Integer,
            "Seconds an answer may take; 5 by itself.",
        )
        .example("3"),
        key("path", Text, "The path that is asked for; `/up` by itself.").example("/health"),
    ],
};

static BUFFERING: Section = Section {
    name: "proxy/buffering",
    about: "Whether bodies are read as a whole before they are handed on. Turn it off for streams.",
    keys: &[
        key(
            "requests",
            Boolean,
            "Whether bodies of requests are read as a whole.",
        )
        .default("true")
        .example("false"),
        key(
            "responses",
            Boolean,
            "Whether bodies of responses are read as a whole.",
        )
        .default("true")
        .example("false"),
        key(
            "memory",
            Integer,
            "Bytes of a body kept in memory, the rest goes to disk; 1 MB by itself.",
        )
        .example("2000000"),
        key(
            "max_request_body",
            Integer,
            "The largest body of a request in bytes; 1 GB by itself.",
        )
        .example("40000000"),
        key(
            "max_response_body",
            Integer,
            "The largest body of a response in bytes; any by itself.",
        )
        .example("40000000"),
    ],
};

static REQUEST_LOGGING: Section = Section {
    name: "proxy/logging",
    about: "Which headers stand in the proxy's log.",
    keys: &[
        key("request_headers", Texts, "Headers of requests.")
            .default("[Cache-Control, Last-Modified, User-Agent]")
            .example("[X-Request-Id]"),
        key("response_headers", Texts, "Headers of responses.")
            .default("[]")
            .example("[X-Request-Id]"),
    ],
};

/// Config §8.4.
static PROXY_RUN: Section = Section {
    name: "proxy/run",
    about: "How the proxy's own container runs. When no role of a host says anything, files on the host decide.",
    keys: &[
        key("http_port", Integer, "The host's port for HTTP.")
            .default("80")
            .example("8080"),
        key("https_port", Integer, "The host's port for HTTPS.")
            .default("443")
            .example("8443"),
        key(
            "bind_ips",
            Texts,
            "The host's addresses to listen on. Without any, all of them.",
        )
        .default("[]")
        .example("[127.0.0.1]"),
        key(
            "publish",
            Boolean,
            "Whether ports of the host lead to the proxy.",
        )
        .default("true")
        .example("false"),
        key(
            "metrics_port",
            Integer,
            "The port on which the proxy tells its metrics.",
        )
        .example("9090"),
        key("debug", Boolean, "Whether the proxy logs more.")
            .default("false")
            .example("true"),
        key(
            "log_max_size",
            Text,
            "How large its log may grow; an empty text leaves that to Docker.",
        )
        .default("10m")
        .example("100m"),
        key(
            "registry",
            Text,
            "Where its image lies. Docker Hub when it is left out.",
        )
        .example("ghcr.io"),
        key("repository", Text, "Its image.")
            .default("basecamp/kamal-proxy")
            .example("acme/kamal-proxy"),
        key("version", Text, "The tag of its image.")
            .default("v0.9.2")
            .example("v0.9.2"),
        key(
            "options",
            Free,
            "Further flags of `docker run`, as in a role.",
        )
        .default("{}")
        .example("{memory: 256m}"),
    ],
};
