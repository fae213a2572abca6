//! `registry` (config §6).

use dhow_redaction::Secret;

use super::secret_names;
use crate::{
    findings::Findings,
    model::{Credential, Credentials, Registry},
    reader::Reader,
};

pub(super) fn read(
    registry: &Reader<'_>,
    image: Option<&str>,
    findings: &mut Findings,
) -> Option<Registry> {
    if !registry.is_present() {
        let username = registry.get("username");
        findings.push(username.key_error("is required").help(
            "write `registry:` with `username` and `password`, and `server` unless it is Docker Hub",
        ));
        return None;
    }
    if registry.is_no_mapping() {
        return None;
    }
    let server = registry.text("server").filter(|server| !server.is_empty());
    if let Some(server) = &server {
        check_server(&registry.get("server"), server, image, findings);
    }
    let local = Registry {
        server,
        credentials: None,
    };
    if local.is_local() {
        return Some(local);
    }
    let server = local.server;
    let username = credential(&registry.get("username"), findings);
    let password = credential(&registry.get("password"), findings);
    Some(Registry {
        server,
        credentials: Some(Credentials {
            username: username?,
            password: password?,
        }),
    })
}

fn check_server(value: &Reader<'_>, server: &str, image: Option<&str>, findings: &mut Findings) {
    if let Some(port) = server.strip_prefix("localhost:")
        && port.parse::<u16>().map_or(true, |port| port == 0)
    {
        findings.push(
            value
                .error(format!("`{port}` is no port"))
                .help("write a registry on this machine as `localhost:5000`"),
        );
    }
    if server.contains("://") {
        findings.push(
            value
                .error("a registry server has no scheme")
                .help("write `registry.example.com`, without `https://`"),
        );
    }
    if image.is_some_and(|image| image.starts_with(&format!("{server}/"))) {
        findings.push(
            value
                .warning(format!("`image` begins with `{server}/` as well"))
                .help("leave the server out of `image`: it is put before it by itself"),
        );
    }
}

/// A text, or a list with the name of a secret. Its text stays out of every message.
fn credential(value: &Reader<'_>, findings: &mut Findings) -> Option<Credential> {
    let name = value.items().next();
    let written = value.as_text().filter(|_| !value.is_blank());
    match (name, written) {
        (Some(name), _) => {
            let help = "a list holds the name of a secret; write the secret itself without a list";
            let text = name.as_text()?;
            secret_names::read_part(&name, &text, help, findings).map(Credential::FromSecret)
        }
        (None, Some(text)) => Some(Credential::Written(Secret::new(text))),
        (None, None) if value.entries().is_empty() => {
            findings.push(value.key_error("is required").help(
                "write the name of a secret in a list, such as `- KAMAL_REGISTRY_PASSWORD`, or the text itself",
            ));
            None
        }
        (None, None) => None,
    }
}
