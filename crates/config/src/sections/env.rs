//! `env`: clear values, secrets and tags (config §5).

use super::secret_names;
use crate::{
    findings::Findings,
    model::{Env, EnvSecret},
    reader::Reader,
};

/// The root's environment: what every role gets, and what each tag adds.
#[derive(Clone, Debug, Default)]
pub(super) struct RootEnv {
    pub(super) all: Env,
    pub(super) tags: Vec<(String, Env)>,
}

impl RootEnv {
    /// What a tag adds; unknown tags add nothing (config §5.3).
    pub(super) fn tag(&self, name: &str) -> Option<&Env> {
        self.tags
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, env)| env)
    }
}

pub(super) fn read_root(env: &Reader<'_>, findings: &mut Findings) -> RootEnv {
    let tags = env.get("tags");
    let tags: Vec<(String, Env)> = tags
        .children()
        .map(|(tag, env)| (tag.to_owned(), read(&env, findings)))
        .collect();
    RootEnv {
        all: read(env, findings),
        tags,
    }
}

/// One environment, simple or structured.
pub(super) fn read(env: &Reader<'_>, findings: &mut Findings) -> Env {
    let is_structured = env.has("clear") || env.has("secret") || env.has("tags");
    if !is_structured {
        return Env {
            clear: env.as_pairs(),
            secret: Vec::new(),
        };
    }
    let mut secret: Vec<EnvSecret> = Vec::new();
    for item in env.get("secret").items() {
        if let Some(one) = read_secret(&item, findings)
            && !secret.contains(&one)
        {
            secret.push(one);
        }
    }
    Env {
        clear: env.pairs("clear"),
        secret,
    }
}

/// `NAME`, or `NAME:SOURCE` (config §5.2).
fn read_secret(item: &Reader<'_>, findings: &mut Findings) -> Option<EnvSecret> {
    let text = item.as_text()?;
    let (variable, source) = text.split_once(':').unwrap_or((&text, &text));
    let help = "write `NAME`, or `NAME:SECRET` for a secret of another name; the secret itself belongs into `.kamal/secrets`";
    let mut name = |text| secret_names::read_part(item, text, help, findings);
    Some(EnvSecret {
        variable: name(variable)?,
        source: name(source)?,
    })
}
