//! `files` and `directories` of an accessory (config §9).

use std::path::PathBuf;

use crate::{
    findings::Findings,
    model::{AccessoryDirectory, AccessoryFile, Mode},
    reader::Reader,
    schema::is_octal,
    tree::Node,
};

/// An entry in either of its forms.
struct Mount {
    local: String,
    remote: String,
    mode: Option<Mode>,
    owner: Option<String>,
    options: Option<String>,
}

pub(super) fn files(list: &Reader<'_>, findings: &mut Findings) -> Vec<AccessoryFile> {
    let mut files = Vec::new();
    for item in list.items() {
        let Some(mount) = mount(&item, findings) else {
            continue;
        };
        files.push(AccessoryFile {
            local: PathBuf::from(mount.local),
            remote: mount.remote,
            mode: mount.mode.unwrap_or_else(|| Mode("755".to_owned())),
            owner: mount.owner,
            options: mount.options,
        });
    }
    files
}

pub(super) fn directories(list: &Reader<'_>, findings: &mut Findings) -> Vec<AccessoryDirectory> {
    list.items()
        .filter_map(|item| mount(&item, findings))
        .map(|mount| AccessoryDirectory {
            local: mount.local,
            remote: mount.remote,
            mode: mount.mode,
            owner: mount.owner,
            options: mount.options,
        })
        .collect()
}

fn mount(item: &Reader<'_>, findings: &mut Findings) -> Option<Mount> {
    let (local, remote, options) = match item.as_text() {
        Some(text) => {
            let mut parts = text.splitn(3, ':').map(str::to_owned);
            (parts.next(), parts.next(), parts.next())
        }
        None if item.is_no_mapping() => return None,
        None => (
            item.text("local"),
            item.text("remote"),
            item.text("options"),
        ),
    };
    let is_missing = |key: &str, part: &Option<String>| match part {
        Some(text) => text.is_empty(),
        None => item.get(key).is_blank(),
    };
    for (key, part) in [("local", &local), ("remote", &remote)] {
        if is_missing(key, part) {
            let message = format!("`{key}` is missing");
            let help = "write `LOCAL:REMOTE`, or a mapping with both";
            findings.push(item.error(message).help(help));
            return None;
        }
    }
    if remote.as_ref().is_some_and(|path| !path.starts_with('/')) {
        findings.push(
            item.error("the path in the container must be absolute")
                .help("let the part behind the colon begin with `/`"),
        );
    }
    Some(Mount {
        local: local?,
        remote: remote?,
        mode: mode(&item.get("mode"), findings),
        owner: item.text("owner"),
        options,
    })
}

/// Octal digits, or the symbolic words of `chmod`; anything else would be a word of shell.
fn mode(value: &Reader<'_>, findings: &mut Findings) -> Option<Mode> {
    let is_octal = value.node().and_then(Node::scalar).is_some_and(is_octal);
    let text = if is_octal {
        value.as_written()?
    } else {
        value.as_text()?
    };
    let octal =
        (1..=5).contains(&text.len()) && text.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    if !octal && !text.split(',').all(is_symbolic) {
        findings.push(
            value
                .error(format!("`{text}` is no file mode"))
                .help("write octal digits in quotes, such as \"0644\""),
        );
    }
    Some(Mode(text))
}

/// `u=rwx`, `go-w`, `+x`: whom it is for, what is done, and with which rights.
fn is_symbolic(clause: &str) -> bool {
    let actions = clause.trim_start_matches(['u', 'g', 'o', 'a']);
    let rights = |text: &str| text.chars().all(|letter| "rwxXstugo".contains(letter));
    actions.starts_with(['+', '-', '=']) && actions.split(['+', '-', '=']).all(rights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbolic_modes_are_those_of_chmod() {
        for mode in ["u=rwx", "go=", "a+x", "+x", "u+x-w", "g=u", "o-rwXst"] {
            assert!(is_symbolic(mode), "{mode}");
        }
        for mode in ["", "rw-r--r--", "x", "u", "u=q", "u=rwx;id", "u:rwx"] {
            assert!(!is_symbolic(mode), "{mode}");
        }
    }
}
