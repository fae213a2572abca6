//! What containers print.

use std::fmt::Write as _;

use dhow_shell::CommandLine;

use crate::docker;

/// What part of a log is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRange {
    /// `--since`.
    pub since: Option<String>,
    /// `--tail`.
    pub lines: Option<u32>,
    /// Only lines that hold this pattern of `grep`.
    pub grep: Option<String>,
    /// Further options of `grep`, raw.
    pub grep_options: Option<String>,
    /// Whether each line carries its time.
    pub timestamps: bool,
    /// Whether to go on until interrupted.
    pub follow: bool,
}

impl LogRange {
    /// `docker logs` for what `container` prints as id or name.
    pub fn of(&self, container: CommandLine) -> CommandLine {
        let mut line = container.pipe(CommandLine::new("xargs").args(["-r", "docker", "logs"]));
        line = self.flags(line).arg_raw("2>&1");
        self.filtered(line)
    }

    /// `docker logs` of a container whose name is known.
    pub fn of_name(&self, name: &str) -> CommandLine {
        self.filtered(self.flags(docker(&["logs", name])).arg_raw("2>&1"))
    }

    fn flags(&self, mut line: CommandLine) -> CommandLine {
        if self.timestamps {
            line = line.arg("--timestamps");
        }
        if let Some(since) = &self.since {
            line = line.args(["--since", since]);
        }
        if let Some(lines) = self.lines {
            line = line.args(["--tail", &lines.to_string()]);
        }
        if self.follow {
            line = line.arg("--follow");
        }
        line
    }

    fn filtered(&self, line: CommandLine) -> CommandLine {
        let Some(pattern) = &self.grep else {
            return line;
        };
        let grep = |first: &[&str]| {
            let grep = CommandLine::new("grep").args(first.iter().copied());
            let grep = grep.arg("-e").arg(pattern.as_str());
            match &self.grep_options {
                Some(options) => grep.arg_raw(options.as_str()),
                None => grep,
            }
        };
        if !self.follow {
            return line.pipe(grep(&[]));
        }
        // A `grep` that is followed must not keep lines until it has many. Where it cannot be told so, it is asked
        // about one line after the other.
        let (at_once, each) = (grep(&["--line-buffered"]).exposed(), grep(&[]).exposed());
        line.pipe(CommandLine::raw(format!(
            "if echo | grep --line-buffered -q '' 2>/dev/null; then {at_once}; \
             else while IFS= read -r line; do printf '%s\\n' \"$line\" | {each}; done; fi"
        )))
    }
}

/// Prints the last lines of a container's log.
pub fn last_lines(name: &str, lines: u32) -> CommandLine {
    docker(&["logs", "--timestamps", "--tail", &lines.to_string(), name]).arg_raw("2>&1")
}

/// Runs several lines at once; each line that they print is led by the name of the one that printed it, and
/// [`FIELD`](super::FIELD).
pub fn side_by_side(named: &[(String, CommandLine)]) -> CommandLine {
    let mut all = String::new();
    for (name, line) in named {
        let name = CommandLine::new(name.as_str()).exposed();
        // Writing to a string cannot fail.
        let _ = write!(
            all,
            "{{ {}; }} | while IFS= read -r line; do printf '%s\\t%s\\n' {name} \"$line\"; done & ",
            line.exposed()
        );
    }
    CommandLine::raw(format!("{all}wait"))
}
