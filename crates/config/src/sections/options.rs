//! `options`: further flags of `docker run` (config §12.2).

use crate::{
    findings::Findings,
    model::{OptionValue, Options},
    reader::Reader,
    tree::{Content, Meaning},
};

/// Flags of `docker run` that take no value. An empty one works with Kamal, because it takes nothing of what
/// stands behind it; `false` does not, because Docker takes that word for the image.
const WITHOUT_VALUE: [&str; 10] = [
    "detach",
    "init",
    "interactive",
    "no-healthcheck",
    "oom-kill-disable",
    "privileged",
    "publish-all",
    "read-only",
    "rm",
    "tty",
];

/// All of them but `except`, which has a meaning of its own.
pub(super) fn read(section: &Reader<'_>, except: &[&str], findings: &mut Findings) -> Options {
    section
        .children()
        .filter(|(name, _)| !except.contains(name))
        .filter_map(|(name, value)| Some((name.to_owned(), option(name, &value, findings)?)))
        .collect()
}

/// One flag. What would take the next word as its value, or be it, is refused.
fn option(name: &str, value: &Reader<'_>, findings: &mut Findings) -> Option<OptionValue> {
    let takes_none = WITHOUT_VALUE.contains(&name);
    let scalar = match &value.node()?.content {
        Content::List(_) => return Some(OptionValue::Each(value.as_texts())),
        // It has been told.
        Content::Mapping(_) => return None,
        Content::Scalar(scalar) => scalar,
    };
    match scalar.meaning() {
        Meaning::Boolean(true) => Some(OptionValue::Flag),
        Meaning::Boolean(false) if takes_none => {
            let message = format!("Docker would take the `false` of `{name}` for the image");
            findings.push(
                value
                    .error(message)
                    .help("delete the line: a flag is off without it"),
            );
            None
        }
        _ => {
            let text = value.as_text().filter(|text| !text.is_empty());
            if text.is_some() {
                return text.map(OptionValue::Text);
            }
            let message = "an empty option would take the next word as its value";
            findings.push(if takes_none {
                value
                    .warning("an empty option is a flag alone")
                    .help(format!("write `{name}: true`"))
            } else {
                value.error(message).help(format!(
                    "write its value; a flag without one is `{name}: true`"
                ))
            });
            takes_none.then_some(OptionValue::Flag)
        }
    }
}
