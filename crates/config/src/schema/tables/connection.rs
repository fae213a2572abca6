//! Connections (config §10).

use super::{
    super::{
        Kind::{Boolean, Integer, SshConfig, Text, Texts, WrittenSecrets},
        Section,
    },
    key,
};

/// `ssh`.
pub(super) static SSH: Section = Section {
    name: "ssh",
    about: "How hosts are reached. What is left out is as your own SSH configuration says, but for the user.",
    keys: &[
        key("user", Text, "Who logs in.")
            .default("root")
            .example("deploy"),
        key("port", Text, "The port of the SSH server.").example("2222"),
        key(
            "proxy",
            Text,
            "A jump host, `USER@HOST`; the user is `root` when none is written.",
        )
        .example("deploy@bastion.example"),
        key(
            "proxy_command",
            Text,
            "A command whose input and output are the connection.",
        )
        .example("ssh -W %h:%p bastion.example"),
        key(
            "log_level",
            Text,
            "Without effect: `-v` shows more of the connections.",
        )
        .default("fatal")
        .ignored("it has no effect: run dhow with `-v` to see more of the connections"),
        key("keys_only", Boolean, "Whether only `keys` are tried.").example("true"),
        key("keys", Texts, "Files with private keys.").example("[~/.ssh/deploy]"),
        key(
            "key_data",
            WrittenSecrets,
            "Names of secrets that hold private keys.",
        )
        .example("[DEPLOY_KEY]"),
        key(
            "config",
            SshConfig,
            "Whether your SSH configuration is read, or which files are in its place.",
        )
        .default("true")
        .example("[.ssh/config]")
        .also(&[".ssh/config", "false"]),
        key(
            "forward_agent",
            Boolean,
            "Whether your SSH agent is forwarded; it is by itself.",
        )
        .example("false"),
    ],
};

/// `sshkit`.
pub(super) static SSHKIT: Section = Section {
    name: "sshkit",
    about: "How many connections are begun at once and how long they last.",
    keys: &[
        key(
            "max_concurrent_starts",
            Integer,
            "How many connections are begun at a time.",
        )
        .default("30")
        .example("10"),
        key(
            "pool_idle_timeout",
            Integer,
            "How many seconds an idle connection is kept.",
        )
        .default("900")
        .example("300"),
        key(
            "dns_retries",
            Integer,
            "How often a name is looked up again that was not found.",
        )
        .default("3")
        .example("0"),
    ],
};
