//! Keys of Kamal 1 whose meaning is plain: taken, with a warning that spells them as Kamal 2 does (config §14).

use super::builder;
use crate::{
    findings::{Finding, Findings},
    model::{Architecture, Architectures},
    reader::Reader,
};

/// What Kamal 1's keys say about builds.
#[derive(Debug, Default)]
pub(super) struct OldBuilder {
    pub(super) arch: Option<Architectures>,
    pub(super) remote: Option<String>,
    pub(super) local: Option<bool>,
}

/// `multiarch`, and the mapping forms of `local` and `remote`.
pub(super) fn builder(builder: &Reader<'_>, findings: &mut Findings) -> OldBuilder {
    let mut old = machines(builder, findings);
    if let Some(multiarch) = builder.boolean("multiarch") {
        let (arch, spelling) = multiarch_as(multiarch, builder.has("arch") || old.arch.is_some());
        findings.push(old_key(&builder.get("multiarch")).help(spelling));
        old.arch = old.arch.or(arch);
    }
    old
}

/// What `multiarch` means, two architectures or that of the machine that builds, and what to write.
fn multiarch_as(multiarch: bool, has_arch: bool) -> (Option<Architectures>, String) {
    if has_arch {
        return (None, "take it out: `arch` says it already".to_owned());
    }
    if multiarch {
        let both = ["amd64", "arm64"]
            .into_iter()
            .filter_map(|arch| arch.parse().ok());
        (
            Some(Architectures::Named(both.collect())),
            spelled("`arch: [amd64, arm64]`"),
        )
    } else {
        (
            Some(Architectures::OfThisMachine),
            spelled(
                "`arch: amd64` or `arch: arm64`, as your hosts are; until then the image is built for the machine that builds",
            ),
        )
    }
}

fn machines(builder: &Reader<'_>, findings: &mut Findings) -> OldBuilder {
    let local = builder.get("local");
    let remote = builder.get("remote");
    let is_old = |machine: &Reader<'_>| machine.node().is_some_and(|node| node.mapping().is_some());
    if !is_old(&local) && !is_old(&remote) {
        return OldBuilder::default();
    }
    let mut arch_of = |machine: &Reader<'_>| -> Option<Architecture> {
        let arch = machine.get("arch");
        let text = arch.as_text().filter(|_| is_old(machine))?;
        builder::architecture(&arch, &text, findings)
    };
    let (local_arch, remote_arch) = (arch_of(&local), arch_of(&remote));
    let host = remote.text("host").filter(|_| is_old(&remote));
    let arch: Vec<Architecture> = local_arch.iter().chain(&remote_arch).cloned().collect();
    let builds_here = host.is_none() || local_arch.is_some();
    let names: Vec<&str> = arch.iter().map(Architecture::as_str).collect();
    let mut spelling = match names.as_slice() {
        [] => "`arch: amd64`".to_owned(),
        [one] => format!("`arch: {one}`"),
        several => format!("`arch: [{}]`", several.join(", ")),
    };
    if let Some(host) = &host {
        spelling = format!("{spelling}, `remote: {host}`");
        if !builds_here {
            spelling.push_str(", `local: false`");
        }
    }
    for (machine, key) in [(&local, "local"), (&remote, "remote")] {
        if is_old(machine) {
            let message = format!("`{key}` in this form is of Kamal 1, and Kamal 2 refuses it");
            let finding = Finding::warning(&machine.path, machine.span, message);
            findings.push(finding.help(spelled(&spelling)));
        }
    }
    OldBuilder {
        arch: (!arch.is_empty()).then_some(Architectures::Named(arch)),
        remote: host,
        local: Some(builds_here),
    }
}

/// `primary_role`, or Kamal 1's name for it.
pub(super) fn primary_role(root: &Reader<'_>, findings: &mut Findings) -> Option<String> {
    let old = root.get("primary_web_role");
    let name = old.as_text();
    if let Some(name) = &name {
        findings.push(old_key(&old).help(spelled(&format!("`primary_role: {name}`"))));
    }
    root.text("primary_role").or(name)
}

/// A role's `traefik`: whether it is behind the proxy.
pub(super) fn traefik(role: &Reader<'_>, findings: &mut Findings) -> Option<bool> {
    let old = role.get("traefik");
    let value = old.as_boolean()?;
    findings.push(old_key(&old).help(spelled(&format!("`proxy: {value}`"))));
    Some(value)
}

fn old_key(value: &Reader<'_>) -> Finding {
    let message = "this key is of Kamal 1, and Kamal 2 refuses it";
    Finding::warning(&value.path, value.span, message)
}

fn spelled(spelling: &str) -> String {
    format!("Kamal 2 spells it {spelling}")
}
