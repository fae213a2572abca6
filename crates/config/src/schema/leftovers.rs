//! Keys of Kamal 1 and what to write instead (config §14).

use crate::tree::Node;

/// How Kamal 2 spells a key of Kamal 1.
pub(super) fn spelling(path: &str, key: &str, value: &Node) -> Option<String> {
    let now = match key {
        "healthcheck" if path.is_empty() => health_check(value),
        "port" if path.ends_with("healthcheck") => "Kamal 2 spells it `proxy/app_port`".to_owned(),
        "stop_wait_time" => {
            "Kamal 2 spells it `drain_timeout` (with proxy) or `stop_timeout`".to_owned()
        }
        "traefik" if path.is_empty() => {
            "Kamal 2 has its own proxy: write `proxy` with `host`, `ssl` and `app_port`".to_owned()
        }
        _ => return None,
    };
    Some(format!("this is Kamal 1; {now}"))
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
    format!("Kamal 2 spells it `proxy: {{app_port: {port}, healthcheck: {{{below}}}}}`")
}
