//! The only owner of the standard streams.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

use anstyle::{AnsiColor, Style};

/// The style of failures.
const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The style of warnings.
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The style of advice.
const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// The style of phases.
const TITLE: Style = Style::new().bold();
/// The style of what matters less.
const FAINT: Style = Style::new().dimmed();

/// Writes to the standard streams: data to the output, everything about it to the errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    quiet: bool,
}

impl Terminal {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Whether colours make sense on the errors' stream.
    #[expect(clippy::unused_self, reason = "the terminal knows its streams")]
    pub(crate) fn colours(self) -> bool {
        io::stderr().is_terminal()
            && anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
    }

    /// What the command is for: it goes to the standard output, whatever else is silenced.
    #[expect(clippy::unused_self, reason = "the terminal owns its streams")]
    pub(crate) fn data(self, text: impl Display) {
        // A reader that went away wants no more.
        let _ = write!(anstream::stdout(), "{text}");
        let _ = io::stdout().flush();
    }

    /// Data that must arrive byte for byte, even where it looks like colours.
    #[expect(clippy::unused_self, reason = "the terminal owns its streams")]
    pub(crate) fn exactly(self, text: &str) {
        let mut output = io::stdout().lock();
        // A reader that went away wants no more.
        let _ = output.write_all(text.as_bytes());
        let _ = output.flush();
    }

    /// A line of data that comes as it is; false when nobody reads any more.
    #[expect(clippy::unused_self, reason = "the terminal owns its streams")]
    pub(crate) fn line(self, line: &str) -> bool {
        let mut output = io::stdout().lock();
        writeln!(output, "{line}")
            .and_then(|()| output.flush())
            .is_ok()
    }

    /// Whether colours make sense on the standard output.
    #[expect(clippy::unused_self, reason = "the terminal knows its streams")]
    pub(crate) fn output_shows_colours(self) -> bool {
        io::stdout().is_terminal()
            && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
    }

    /// A failure.
    #[expect(clippy::unused_self, reason = "the terminal owns its streams")]
    pub(crate) fn failure(self, failure: &crate::failure::Failure) {
        let look = |word: &'static str| {
            let style = match word {
                "error" => ERROR,
                "hint" => HINT,
                _ => TITLE,
            };
            format!("{style}{word}{style:#}")
        };
        let _ = writeln!(anstream::stderr(), "{}", failure.render(look));
    }

    /// Something to look at.
    pub(crate) fn warning(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{WARNING}warning{WARNING:#}: {text}");
        }
    }

    /// A problem of a file, rendered already.
    pub(crate) fn rendered(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Progress, as a title.
    pub(crate) fn title(self, text: &str) {
        self.progress(&format!("{TITLE}{text}{TITLE:#}"));
    }

    /// Progress, as something that matters less.
    pub(crate) fn faint(self, text: &str) {
        self.progress(&format!("{FAINT}{text}{FAINT:#}"));
    }

    /// Progress.
    pub(crate) fn progress(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Asks until the answer is yes or no; the end of the input is a no.
    #[expect(clippy::unused_self, reason = "the terminal owns its streams")]
    pub(crate) fn confirm(self, question: &str) -> bool {
        loop {
            let _ = write!(anstream::stderr(), "{question} [y/N] ");
            let mut answer = String::new();
            match io::stdin().read_line(&mut answer) {
                Ok(0) | Err(_) => return false,
                Ok(_) => match answer.trim() {
                    "y" | "Y" | "yes" => return true,
                    "" | "n" | "N" | "no" => return false,
                    _ => {}
                },
            }
        }
    }
}
