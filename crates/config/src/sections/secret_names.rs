//! Names of secrets. What cannot be one may be the secret itself, so nothing repeats or shows it.

use dhow_names::SecretName;

use crate::{findings::Findings, reader::Reader};

/// The name that is written here.
pub(super) fn read(item: &Reader<'_>, findings: &mut Findings) -> Option<SecretName> {
    let help = "write the name only; the secret itself belongs into `.kamal/secrets`";
    read_part(item, &item.as_text()?, help, findings)
}

/// The same for a part of what is written.
pub(super) fn read_part(
    item: &Reader<'_>,
    text: &str,
    help: &str,
    findings: &mut Findings,
) -> Option<SecretName> {
    let parsed = text.parse().ok();
    if parsed.is_none() {
        findings.push(item.error("not the name of a secret").help(help));
        findings.mask(&[item.value_span()]);
    }
    parsed
}
