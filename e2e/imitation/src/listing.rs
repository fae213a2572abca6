//! Answers of the engine, and the lists among them.

use std::process::ExitCode;

use serde_json::Value;

use crate::{options::Options, template};

/// What a command printed, and how it ended.
#[derive(Debug, Default)]
pub struct Answer {
    out: String,
    complaints: String,
    /// The exit code.
    pub code: i32,
}

impl Answer {
    /// A success with something to say.
    pub fn said(text: impl AsRef<str>) -> Self {
        let mut answer = Self::default();
        answer.say(text);
        answer
    }

    /// A failure with exit code 1.
    pub fn refused(text: impl AsRef<str>) -> Self {
        Self::failed(1, text)
    }

    /// A failure.
    pub fn failed(code: i32, text: impl AsRef<str>) -> Self {
        let mut answer = Self::default();
        answer.complain(text);
        answer.code = code;
        answer
    }

    /// Adds a line to what is printed.
    pub fn say(&mut self, text: impl AsRef<str>) {
        self.out.push_str(text.as_ref());
        self.out.push('\n');
    }

    /// Adds a line to what is complained of.
    pub fn complain(&mut self, text: impl AsRef<str>) {
        self.complaints.push_str(text.as_ref());
        self.complaints.push('\n');
    }

    /// Prints it all.
    pub fn give(self) -> ExitCode {
        print!("{}", self.out);
        eprint!("{}", self.complaints);
        ExitCode::from(u8::try_from(self.code).unwrap_or(255))
    }
}

/// A list as it was asked for: identifiers alone, a template for each row, or a table.
pub fn table(options: &Options, rows: &[Value], columns: &[&str], identifier: &str) -> Answer {
    let mut answer = Answer::default();
    if options.has("quiet") {
        for row in rows {
            answer.say(row[identifier].as_str().unwrap_or_default());
        }
    } else if let Some(format) = options.value("format") {
        // Lists take the two escapes, `inspect` does not.
        let format = format.replace("\\t", "\t").replace("\\n", "\n");
        for row in rows {
            match template::fill(&format, row) {
                Ok(line) => answer.say(line),
                Err(error) => return Answer::refused(error),
            }
        }
    } else {
        let cells = |cell: &dyn Fn(&str) -> String| {
            let cells: Vec<String> = columns
                .iter()
                .map(|it| format!("{:<24}", cell(it)))
                .collect();
            cells.join(" ").trim_end().to_owned()
        };
        answer.say(cells(&|column| column.to_uppercase()));
        for row in rows {
            answer.say(cells(&|column| {
                row[column].as_str().unwrap_or_default().to_owned()
            }));
        }
    }
    answer
}

/// Whether labels hold `key=value`, or the key alone.
pub fn has_label(labels: &Value, wanted: &str) -> bool {
    match wanted.split_once('=') {
        // A label without value is an empty one to Docker's filters.
        Some((key, value)) => labels[key].as_str() == Some(value),
        None => !labels[wanted].is_null(),
    }
}
