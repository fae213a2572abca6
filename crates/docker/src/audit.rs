//! The audit log: one line for everything that was done on a host (secrets-and-hooks §9).

use dhow_names::RoleName;
use dhow_shell::CommandLine;

use crate::names::{Names, RUN_DIRECTORY};

/// Who does something, and when: the same for all lines of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auditor {
    /// When the run began, UTC, `2026-01-02T03:04:05Z`.
    pub recorded_at: String,
    /// `git config user.email`, else the local user.
    pub performer: String,
}

impl Auditor {
    /// Appends a line to the host's log.
    pub fn record(&self, names: &Names, role: Option<&RoleName>, message: &str) -> CommandLine {
        let destination = names
            .destination()
            .map(|name| format!(" [{name}]"))
            .unwrap_or_default();
        let role = role.map(|name| format!(" [{name}]")).unwrap_or_default();
        let line = format!(
            "[{}] [{}]{destination}{role} {message}",
            self.recorded_at, self.performer
        );
        // `echo` of some shells takes backslashes for its own.
        CommandLine::new("mkdir").args(["-p", RUN_DIRECTORY]).and(
            CommandLine::new("printf")
                .args(["%s\\n", &one_line(&line)])
                .arg_raw(">>")
                .arg(names.audit_log()),
        )
    }
}

/// Shows the last 50 lines.
pub fn show(names: &Names) -> CommandLine {
    CommandLine::new("tail").args(["-n", "50", &names.audit_log()])
}

/// The text without line breaks: one thing done is one line of the log.
fn one_line(text: &str) -> String {
    text.replace('\r', "\\r").replace('\n', "\\n")
}
