//! `aliases` (config §11).

use crate::{findings::Findings, model::Pair, reader::Reader};

/// Commands of Kamal that no alias may take the name of.
const COMMANDS: [&str; 21] = [
    "accessory",
    "app",
    "audit",
    "build",
    "config",
    "deploy",
    "details",
    "docs",
    "init",
    "lock",
    "proxy",
    "prune",
    "redeploy",
    "registry",
    "remove",
    "rollback",
    "secrets",
    "server",
    "setup",
    "upgrade",
    "version",
];

pub(super) fn read(aliases: &Reader<'_>, findings: &mut Findings) -> Vec<Pair> {
    for (name, value) in aliases.children() {
        let fits = |character: char| {
            character.is_ascii_lowercase()
                || character.is_ascii_digit()
                || matches!(character, '-' | '_')
        };
        if name.is_empty() || !name.chars().all(fits) {
            let message = format!(
                "Invalid alias name: '{name}'. Must only contain lowercase letters, alphanumeric, hyphens and underscores."
            );
            let fitting = name
                .to_lowercase()
                .replace(|character| !fits(character), "-");
            let help = format!("write `{fitting}`, or another name of such letters");
            findings.push(value.key_error(message).help(help));
        } else if COMMANDS.contains(&name) {
            let message = format!("Alias '{name}' conflicts with a built-in command.");
            findings.push(value.key_error(message).help("give it another name"));
        }
    }
    aliases.as_pairs()
}
