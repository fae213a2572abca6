//! How a run goes: groups of hosts, logs, and settings of our own (config §10, §11).

use super::{
    super::{
        Kind::{Boolean, Integer, OneOf, Scalars, Section as In, Text, WordOr},
        Section,
    },
    key,
};

/// `boot`.
pub(super) static BOOT: Section = Section {
    name: "boot",
    about: "In which groups hosts are booted. Without it all are booted at once.",
    keys: &[
        key(
            "limit",
            Text,
            "How many hosts are in a group: a number, or a share of all hosts.",
        )
        .example("25%"),
        key(
            "wait",
            Integer,
            "How many seconds to wait after each group.",
        )
        .example("10"),
        key(
            "parallel_roles",
            Boolean,
            "Whether the roles of a host are booted at once.",
        )
        .default("false")
        .example("true"),
    ],
};

/// `logging`, of the root or of a role.
pub(super) static LOGGING: Section = Section {
    name: "logging",
    about: "Docker's log driver. With neither key, logs are cut at 10 MB.",
    keys: &[
        key("driver", Text, "Docker's `--log-driver`.").example("local"),
        key("options", Scalars, "Docker's `--log-opt`.")
            .default("{}")
            .example("{max-size: 100m}"),
    ],
};

/// `output`.
pub(super) static OUTPUT: Section = Section {
    name: "output",
    about: "Where the story of a run is told beside the terminal.",
    keys: &[
        key("otel", In(&OTEL), "To a collector, as OpenTelemetry logs.")
            .example("{endpoint: \"https://otel.example:4318\"}"),
        key("file", In(&FILE), "Into a file per run.").example("{path: log/deploys}"),
    ],
};

static OTEL: Section = Section {
    name: "output/otel",
    about: "A collector of OpenTelemetry.",
    keys: &[
        key("endpoint", Text, "Its URL; `/v1/logs` is put behind it.")
            .required()
            .example("https://otel.example:4318"),
    ],
};

static FILE: Section = Section {
    name: "output/file",
    about: "A file per run.",
    keys: &[key(
        "path",
        Text,
        "The folder of the files; it is made when it is not there.",
    )
    .required()
    .example("log/deploys")],
};

/// Our own settings.
pub(super) static DHOW: Section = Section {
    name: "x-dhow",
    about: "Settings of dhow's own, which Kamal passes over.",
    keys: &[
        key(
            "secrets",
            In(&DHOW_SECRETS),
            "How secrets files are read, and how secrets reach containers.",
        )
        .example("{expand: kamal}"),
        key(
            "version",
            WordOr(&VERSION_WORDS, &DHOW_VERSION),
            "Where the version comes from when neither `--version` nor the variable `VERSION` gives one. \
            `commit`: the commit at HEAD, as without this key. `short_commit`: its first 12 digits. `describe`: \
            what `git describe --tags` says. An environment variable or a command needs the longer form.",
        )
        .example("describe")
        .also(&["{env: RELEASE}", "{command: bin/version}"]),
        key(
            "latest",
            OneOf(&["after_deploy", "build"]),
            "When the registry's tag `latest` moves. `after_deploy`: when the deploy succeeded, as without this key. \
            `build`: with every build, before anything is deployed, as Kamal does it.",
        )
        .example("build"),
    ],
};

const VERSION_WORDS: [&str; 3] = ["commit", "short_commit", "describe"];

static DHOW_VERSION: Section = Section {
    name: "x-dhow/version",
    about: "Where the version comes from when neither `--version` nor the variable `VERSION` gives one.",
    keys: &[
        key(
            "from",
            OneOf(&VERSION_WORDS),
            "From git: the commit at HEAD, its first digits, or what `git describe --tags` says of it.",
        )
        .example("short_commit"),
        key(
            "digits",
            Integer,
            "How many digits of a short commit: 7 to 40. Without it 12.",
        )
        .example("8"),
        key("env", Text, "From the environment variable of this name.").example("RELEASE"),
        key(
            "command",
            Text,
            "From what this command line prints; it runs once, in the project's folder.",
        )
        .example("bin/version"),
        key(
            "immutable",
            Boolean,
            "Whether to refuse a tag that the registry holds with another content. Without it this is so for all \
            but the whole commit.",
        )
        .example("false"),
    ],
};

static DHOW_SECRETS: Section = Section {
    name: "x-dhow/secrets",
    about: "How secrets files are read, and how secrets reach containers.",
    keys: &[
        key(
            "expand",
            OneOf(&["kamal"]),
            "`kamal`: variables in what a command printed are replaced, as Kamal does it. \
            Without it, what a command printed is taken as it is.",
        )
        .example("kamal"),
        key(
            "env_files",
            OneOf(&["literal", "kamal"]),
            "How secrets are written into env files. `literal`: as they are; one that has no form of one line is \
            an error. `kamal`: a line break as `\\n` and a backslash as `\\\\`, which Docker does not undo. \
            Without it as `kamal`, with a warning about every secret that this changes.",
        )
        .example("literal"),
    ],
};
