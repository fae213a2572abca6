//! Keys of Kamal 1 and keys that are looked for in the wrong place: what to write instead (config §14).

use strsim::damerau_levenshtein;

use super::Section;

/// A longer list of keys would bury the message.
const MOST_LISTED: usize = 14;

/// The way out for a key that this mapping does not know.
pub(super) fn help_for(section: &Section, path: &str, key: &str) -> Option<String> {
    leftover(path, key)
        .map(str::to_owned)
        .or_else(|| nearest(section, key).map(|near| format!("did you mean `{near}`?")))
        .or_else(|| {
            (key.starts_with("x-"))
                .then(|| "keys that begin with `x-` may stand at the top level only".to_owned())
        })
        .or_else(|| {
            let names: Vec<&str> = section.keys.iter().map(|rule| rule.name).collect();
            (names.len() <= MOST_LISTED).then(|| format!("known keys: {}", names.join(", ")))
        })
}

fn leftover(path: &str, key: &str) -> Option<&'static str> {
    let in_role = path.starts_with("servers/");
    match key {
        "traefik" if in_role => {
            Some("this is Kamal 1; Kamal 2 spells it `proxy: true` or `proxy: false`")
        }
        "traefik" if path.is_empty() => Some(
            "this is Kamal 1; Kamal 2 has its own proxy: write `proxy` with `host`, `ssl` and `app_port`",
        ),
        "healthcheck" if path.is_empty() => Some(
            "this is Kamal 1; Kamal 2 has it below `proxy`, with `path`, `interval` and `timeout`; `port` became `proxy/app_port`",
        ),
        "port" if path.ends_with("healthcheck") => {
            Some("this is Kamal 1; Kamal 2 spells it `proxy/app_port`")
        }
        "stop_wait_time" => Some(
            "this is Kamal 1; Kamal 2 spells it `drain_timeout` (with proxy) or `stop_timeout`",
        ),
        "primary_web_role" => Some("this is Kamal 1; Kamal 2 spells it `primary_role`"),
        "multiarch" if path == "builder" => {
            Some("this is Kamal 1; Kamal 2 spells it `arch`, such as `arch: [amd64, arm64]`")
        }
        _ => None,
    }
}

/// The known key that is spelt most alike, when it is alike at all.
fn nearest(section: &Section, key: &str) -> Option<&'static str> {
    let allowed = (key.chars().count() / 3).max(1);
    section
        .keys
        .iter()
        .map(|rule| (damerau_levenshtein(rule.name, key), rule.name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}
