//! The deploy file that is written.

use super::detected::Detected;

const TEMPLATE: &str = include_str!("../../../templates/deploy.yml");

/// Fills in what was detected. What was not is there as a comment to fill in.
pub(super) fn text(detected: &Detected) -> String {
    let app_port = match detected.port {
        Some(port) => format!("app_port: {port}"),
        None => "# app_port: 3000".to_owned(),
    };
    let server = match detected.registry {
        Some(server) => format!("server: {server}"),
        None => "# server: registry.example.com".to_owned(),
    };
    TEMPLATE
        .replace(
            "service: {service}",
            &format!("service: {}", as_text(&detected.service)),
        )
        .replace("{service}", &detected.service)
        .replace("{image}", &detected.image)
        .replace("{account}", &as_text(&detected.account))
        .replace("{app_port}", &app_port)
        .replace("{server}", &server)
}

/// A name in quotes, where YAML would read it as something else: `404` as a number, `no` as false.
fn as_text(name: &str) -> String {
    let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let means_something = matches!(
        name,
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    if is_word && !means_something {
        name.to_owned()
    } else {
        format!("\"{name}\"")
    }
}
