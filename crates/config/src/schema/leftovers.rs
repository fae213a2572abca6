//! Keys of Kamal 1 and keys that are looked for in the wrong place: what to write instead (config §14).

use super::{Section, Support};
use crate::{nearest::nearest, tree::Node};

/// A longer list of keys would bury the message.
const MOST_LISTED: usize = 14;

/// The way out for a key that this mapping does not know.
pub(super) fn help_for(section: &Section, path: &str, key: &str, value: &Node) -> Option<String> {
    if path.is_empty() && key == "healthcheck" {
        return Some(health_check(value));
    }
    let current = section
        .keys
        .iter()
        .filter(|rule| rule.support != Support::OfKamal1);
    let names: Vec<&str> = current.map(|rule| rule.name).collect();
    leftover(path, key)
        .map(str::to_owned)
        .or_else(|| nearest(key, &names).map(|near| format!("did you mean `{near}`?")))
        .or_else(|| {
            (key.starts_with("x-"))
                .then(|| "keys that begin with `x-` may stand at the top level only".to_owned())
        })
        .or_else(|| {
            (names.len() <= MOST_LISTED).then(|| format!("known keys: {}", names.join(", ")))
        })
}

fn leftover(path: &str, key: &str) -> Option<&'static str> {
    match key {
        "traefik" if path.is_empty() => Some(
            "this is Kamal 1; Kamal 2 has its own proxy: write `proxy` with `host`, `ssl` and `app_port`",
        ),
        "port" if path.ends_with("healthcheck") => {
            Some("this is Kamal 1; Kamal 2 spells it `proxy/app_port`")
        }
        "stop_wait_time" => Some(
            "this is Kamal 1; Kamal 2 spells it `drain_timeout` (with proxy) or `stop_timeout`",
        ),
        _ => None,
    }
}

/// Kamal 1's `healthcheck` of the root in Kamal 2's spelling.
fn health_check(old: &Node) -> String {
    let scalar = |key: &str| Some(old.entry(key)?.value.scalar()?.text.as_str());
    // Kamal 1 wrote durations with their unit, and its apps listened on 3000.
    let seconds = |key: &str| scalar(key).map(|text| text.trim_end_matches('s'));
    let below: Vec<String> = [("path", scalar("path")), ("interval", seconds("interval"))]
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{key}: {}", value?)))
        .collect();
    let port = scalar("port").unwrap_or("3000");
    let below = below.join(", ");
    format!(
        "this is Kamal 1; Kamal 2 spells it `proxy: {{app_port: {port}, healthcheck: {{{below}}}}}`"
    )
}
