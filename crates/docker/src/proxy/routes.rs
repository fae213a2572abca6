//! Whom the proxy serves, so that a new one can be held to it.

use dhow_shell::CommandLine;

use super::command;

/// Prints the table of services. It is coloured even when nobody looks.
pub fn list_routes() -> CommandLine {
    command(&["list"])
}

/// The names in such a table.
pub fn routes_in(table: &str) -> Vec<String> {
    let lines = table.lines().map(without_colours);
    let names = lines.filter_map(|line| line.split("  ").next().map(|name| name.trim().to_owned()));
    names
        .skip_while(|name| name != "Service")
        .skip(1)
        .filter(|name| !name.is_empty())
        .collect()
}

fn without_colours(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut parts = line.split('\u{1b}');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let rest = part.strip_prefix('[').unwrap_or(part);
        let end = rest.find(|character: char| character.is_ascii_alphabetic());
        text.push_str(end.map_or("", |end| &rest[end + 1..]));
    }
    text
}

/// Fails when the proxy does not serve one of these any more, and names it.
pub fn check_routes(expected: &[String]) -> CommandLine {
    let expected = CommandLine::new("set")
        .arg("--")
        .args(expected.iter().map(String::as_str));
    let list = list_routes().exposed();
    expected.then(CommandLine::raw(format!(
        "known=$({list} | tr '\\033' '\\n' | sed 's/^\\[[0-9;]*m//; s/  .*//'); lost=
for service; do printf '%s\\n' \"$known\" | grep -Fxq -e \"$service\" || lost=\"$lost $service\"; done
[ -z \"$lost\" ] || {{ echo \"without a route now:$lost\" >&2; exit 1; }}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_a_coloured_table() {
        let table = "\u{1b}[3;94mService\u{1b}[0m   \u{1b}[3;94mHost\u{1b}[0m  \n\
                     \u{1b}[1;34mblog-web\u{1b}[0m  \u{1b}[ma.example\u{1b}[0m  \n\
                     \u{1b}[1;34mshop-web\u{1b}[0m  \u{1b}[m*\u{1b}[0m  \n";
        assert_eq!(routes_in(table), ["blog-web", "shop-web"]);
        assert_eq!(routes_in("Service   Host  \nshop-web  *  \n"), ["shop-web"]);
        assert_eq!(
            routes_in("Error: No such container: kamal-proxy\n"),
            [""; 0]
        );
        assert_eq!(routes_in(""), [""; 0]);
    }
}
