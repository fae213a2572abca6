//! Whom the proxy serves, so that a new one can be held to it.

use dhow_shell::CommandLine;

use super::command;

/// Prints the table of services. It is coloured even when nobody looks.
pub fn list_routes() -> CommandLine {
    command(&["list"])
}

/// A line of that table: which requests a service gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The service.
    pub service: String,
    /// Its hosts; none when it takes any.
    pub hosts: Vec<String>,
    /// Its path prefixes.
    pub paths: Vec<String>,
    /// `running`, `paused` or `stopped`.
    pub state: String,
    /// Whether it is reached over TLS.
    pub tls: bool,
}

/// The lines of such a table.
pub fn read_routes(table: &str) -> Vec<Route> {
    let mut lines = table.lines().map(without_colours);
    let Some(header) = lines.find(|line| line.starts_with("Service ")) else {
        return Vec::new();
    };
    let columns = Columns::of(&header);
    let routes = lines.map(|line| {
        let cell = |heading| columns.cell(heading, &line);
        let list = |heading| {
            let cell = cell(heading);
            let parts = cell.split(',').filter(|it| !it.is_empty() && *it != "*");
            parts.map(str::to_owned).collect()
        };
        Route {
            service: cell("Service"),
            hosts: list("Host"),
            paths: list("Path"),
            state: cell("State"),
            tls: cell("TLS") == "yes",
        }
    });
    routes.filter(|it| !it.service.is_empty()).collect()
}

/// Where each column begins, in characters: where its heading does.
struct Columns(Vec<(usize, String)>);

impl Columns {
    fn of(header: &str) -> Self {
        let mut columns: Vec<(usize, String)> = Vec::new();
        let mut before = ' ';
        for (at, character) in header.chars().enumerate() {
            match columns.last_mut() {
                _ if character == ' ' => {}
                Some((_, heading)) if before != ' ' => heading.push(character),
                _ => columns.push((at, character.to_string())),
            }
            before = character;
        }
        Self(columns)
    }

    /// What stands below a heading; nothing when there is no such column.
    fn cell(&self, heading: &str, line: &str) -> String {
        let Some(at) = self.0.iter().position(|(_, it)| it == heading) else {
            return String::new();
        };
        let start = |at: usize| self.0.get(at).map(|(start, _)| *start);
        let (from, to) = (start(at).unwrap_or_default(), start(at + 1));
        let length = to.map_or(usize::MAX, |to| to - from);
        let cell: String = line.chars().skip(from).take(length).collect();
        cell.trim().to_owned()
    }
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

    #[test]
    fn lines_are_read_by_their_columns() {
        // Each cell closes its colour before it is padded.
        let line = |cells: [&str; 6]| {
            let widths = [8, 19, 6, 7, 7, 3];
            let padded = cells.iter().zip(widths).map(|(cell, width)| {
                let padding = " ".repeat(width - cell.len() + 2);
                format!("\u{1b}[1;34m{cell}\u{1b}[0m{padding}")
            });
            padded.collect::<String>() + "\n"
        };
        let table = [
            ["Service", "Host", "Path", "Target", "State", "TLS"],
            [
                "blog-web",
                "a.example,b.example",
                "/,/api",
                "0a1b:80",
                "stopped",
                "yes",
            ],
            ["shop-web", "*", "/", "0c1d:80", "running", "no"],
        ]
        .map(line)
        .concat();
        let route = |service: &str, hosts: &[&str], paths: &[&str], state: &str, tls| Route {
            service: service.to_owned(),
            hosts: hosts.iter().copied().map(str::to_owned).collect(),
            paths: paths.iter().copied().map(str::to_owned).collect(),
            state: state.to_owned(),
            tls,
        };
        let hosts = ["a.example", "b.example"];
        assert_eq!(
            read_routes(&table),
            [
                route("blog-web", &hosts, &["/", "/api"], "stopped", true),
                route("shop-web", &[], &["/"], "running", false),
            ]
        );
        assert_eq!(read_routes(""), []);
        assert_eq!(read_routes("Error: No such container: kamal-proxy\n"), []);
    }
}
