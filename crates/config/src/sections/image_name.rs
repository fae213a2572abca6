//! What Docker takes as the name of an image, without a tag.

/// Whether every part between slashes is a name; the first may be a registry.
pub(super) fn is_valid(text: &str) -> bool {
    let mut parts = text.split('/');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let is_registry = !rest.is_empty() && is_registry(first);
    (is_registry || is_part(first)) && rest.into_iter().all(is_part)
}

/// Lower case letters and digits, with `.`, `_`, `__` or any number of `-` between them.
fn is_part(text: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    let between = text
        .split(is_plain)
        .filter(|separator| !separator.is_empty());
    let fits = |separator: &str| {
        matches!(separator, "." | "_" | "__") || separator.chars().all(|character| character == '-')
    };
    text.starts_with(is_plain) && text.ends_with(is_plain) && between.into_iter().all(fits)
}

fn is_registry(text: &str) -> bool {
    let (host, port) = text
        .split_once(':')
        .map_or((text, None), |(host, port)| (host, Some(port)));
    let is_name =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-');
    let is_host = !host.is_empty() && host.chars().all(is_name);
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
    is_host && is_port && (host.contains('.') || port.is_some() || host == "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_names_are_taken() {
        for name in [
            "shop",
            "acme/shop",
            "a.b/c_d/e__f/g--h",
            "ghcr.io/acme/shop",
            "localhost:5000/shop",
            "1",
        ] {
            assert!(is_valid(name), "{name}");
        }
    }

    #[test]
    fn what_docker_or_a_shell_would_read_otherwise_is_not() {
        let names = [
            "",
            "Acme/Shop",
            "a/$(x)",
            "a b",
            "a//b",
            "/a",
            "a/",
            "-a",
            "a-",
            "a..b",
            "a___b",
            "a/B",
            "a;b",
        ];
        for name in names {
            assert!(!is_valid(name), "{name}");
        }
    }
}
