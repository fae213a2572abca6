//! `ssh` and `sshkit` (config §10).

use std::{num::NonZeroU16, path::PathBuf, time::Duration};

use dhow_redaction::Secret;

use crate::{
    findings::Findings,
    model::{Credential, Ssh, SshConfigFiles, Sshkit},
    nearest::did_you_mean,
    reader::Reader,
};

/// What Ruby's logger takes, in any case.
const LOG_LEVELS: [&str; 6] = ["debug", "info", "warn", "error", "fatal", "unknown"];

pub(super) fn ssh(ssh: &Reader<'_>, findings: &mut Findings) -> Ssh {
    log_level(&ssh.get("log_level"), findings);
    Ssh {
        user: ssh.text("user"),
        port: port(&ssh.get("port"), findings),
        proxy: ssh.text("proxy").map(|proxy| {
            // A jump host without user is logged into as root, not as `user` (config §10).
            if proxy.contains('@') {
                proxy
            } else {
                format!("root@{proxy}")
            }
        }),
        proxy_command: ssh.text("proxy_command"),
        keys: ssh.texts("keys").into_iter().map(PathBuf::from).collect(),
        key_data: key_data(&ssh.get("key_data"), findings),
        keys_only: ssh.boolean("keys_only").unwrap_or(false),
        config: config_files(ssh),
        forward_agent: ssh.boolean("forward_agent"),
    }
}

/// It has no effect, but one that Kamal refuses is refused.
fn log_level(value: &Reader<'_>, findings: &mut Findings) {
    let Some(text) = value.as_text() else { return };
    if !LOG_LEVELS.contains(&text.to_lowercase().as_str()) {
        let help = did_you_mean(&text, "levels", &LOG_LEVELS);
        let message = format!("invalid log level: {text}");
        findings.push(value.error(message).help(help));
    }
}

/// A number, or a number in quotes.
fn port(value: &Reader<'_>, findings: &mut Findings) -> Option<NonZeroU16> {
    let text = value.as_text()?;
    let port = text.parse().ok();
    if port.is_none() {
        findings.push(value.no_port());
    }
    port
}

/// One word is the name of a secret; anything else can only be the key itself, which Kamal warns about.
fn key_data(list: &Reader<'_>, findings: &mut Findings) -> Vec<Credential> {
    let mut keys = Vec::new();
    for item in list.items() {
        let Some(text) = item.as_text() else { continue };
        keys.push(if let Ok(name) = text.parse() {
            Credential::FromSecret(name)
        } else {
            findings.push(
                item.warning("Inline key_data usage is deprecated and will be removed in Kamal 3.")
                    .help(
                        "put the key into `.kamal/secrets` and write the name of the secret here",
                    ),
            );
            Credential::Written(Secret::new(text))
        });
    }
    keys
}

fn config_files(ssh: &Reader<'_>) -> SshConfigFiles {
    let value = ssh.get("config");
    match (value.is_present(), value.as_boolean()) {
        (false, _) | (true, Some(true)) => SshConfigFiles::Default,
        (true, Some(false)) => SshConfigFiles::None,
        (true, None) => SshConfigFiles::Files(
            ssh.text_or_texts("config")
                .into_iter()
                .map(PathBuf::from)
                .collect(),
        ),
    }
}

pub(super) fn sshkit(sshkit: &Reader<'_>, findings: &mut Findings) -> Sshkit {
    let starts = sshkit.count("max_concurrent_starts", findings);
    if starts == Some(0) {
        let value = sshkit.get("max_concurrent_starts");
        findings.push(value.error("must be at least 1").help("write 1 or more"));
    }
    Sshkit {
        max_concurrent_starts: starts.unwrap_or(30),
        pool_idle_timeout: sshkit
            .seconds("pool_idle_timeout", findings)
            .unwrap_or(Duration::from_mins(15)),
        dns_retries: sshkit.count("dns_retries", findings).unwrap_or(3),
    }
}
