//! The deploy lock: a folder on the primary host (host-commands §3).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use dhow_shell::CommandLine;

use crate::names::{Names, RUN_DIRECTORY};

/// The message of a lock that a deploy takes by itself; with any other message a person holds it.
pub const AUTOMATIC: &str = "Automatic deploy lock";

/// The exit code of [`acquire`] when the lock is held.
pub const HELD: i32 = 75;

/// The exit code of [`status`] and [`release`] when there is no lock.
pub const FREE: i32 = 76;

/// The exit code of [`release_own`] when the lock is somebody else's by now.
pub const TAKEN_OVER: i32 = 77;

/// Who holds the lock, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockDetails {
    /// `git config user.name`.
    pub holder: String,
    /// When it was taken, UTC, `2026-01-02T03:04:05Z`.
    pub since: String,
    /// The version being deployed.
    pub version: String,
    /// Why.
    pub message: String,
}

impl LockDetails {
    /// The text Kamal writes and reads.
    pub fn text(&self) -> String {
        format!(
            "Locked by: {} at {}\nVersion: {}\nMessage: {}",
            self.holder, self.since, self.version, self.message
        )
    }

    /// Reads such a text; none when it is no text of that kind. A message may have several lines.
    pub fn read(text: &str) -> Option<Self> {
        let (first, rest) = text.split_once('\n')?;
        let (version, message) = rest.split_once('\n')?;
        // A name may hold the word, a time does not.
        let (holder, since) = first.strip_prefix("Locked by: ")?.rsplit_once(" at ")?;
        Some(Self {
            holder: holder.to_owned(),
            since: since.to_owned(),
            version: version.strip_prefix("Version: ")?.to_owned(),
            message: message.strip_prefix("Message: ")?.trim_end().to_owned(),
        })
    }
}

/// Takes the lock: whoever makes the folder has it. When it is held, prints who holds it and ends with
/// [`HELD`], so that nobody has to read an error message in some language.
pub fn acquire(names: &Names, details: &LockDetails) -> CommandLine {
    let directory = names.lock_directory();
    let encoded = wrapped(&STANDARD.encode(details.text()));
    let make = CommandLine::new("mkdir").args(["-p", RUN_DIRECTORY]);
    let take = CommandLine::new("mkdir").arg(directory.as_str());
    let write = CommandLine::new("echo")
        .arg(encoded)
        .arg_raw(">")
        .arg(names.lock_details());
    // A folder that cannot be made and is not there is no lock of anybody's: the disk is full, or not ours.
    let held = CommandLine::new("test")
        .args(["-d", &directory])
        .or(CommandLine::raw("exit 1"))
        .then(show(names))
        .then(CommandLine::raw(format!("exit {HELD}")))
        .grouped();
    // One without details would be waited for until somebody looks.
    let undo = CommandLine::new("rm")
        .args(["-rf", &directory])
        .then(CommandLine::raw("exit 1"))
        .grouped();
    make.and(take.or(held).grouped())
        .and(write.or(undo).grouped())
}

/// Shows who holds the lock.
pub fn status(names: &Names) -> CommandLine {
    guard(names).and(show(names))
}

/// Gives the lock up, whoever holds it.
pub fn release(names: &Names) -> CommandLine {
    guard(names).and(CommandLine::new("rm").args(["-rf", &names.lock_directory()]))
}

/// Gives the lock up if it still is the one that was taken with these details. It may have been removed by hand
/// and taken by somebody else in the meantime.
pub fn release_own(names: &Names, details: &LockDetails) -> CommandLine {
    let encoded = wrapped(&STANDARD.encode(details.text()));
    let written = CommandLine::new("cat")
        .arg(names.lock_details())
        .arg_raw("2>/dev/null");
    let ours = CommandLine::new("test")
        .arg(written.substituted())
        .args(["=", encoded.trim_end()])
        .or(CommandLine::raw(format!("exit {TAKEN_OVER}")))
        .grouped();
    let remove = CommandLine::new("rm").args(["-rf", &names.lock_directory()]);
    guard(names).and(ours).and(remove)
}

fn guard(names: &Names) -> CommandLine {
    let test = CommandLine::new("test").args(["-d", &names.lock_directory()]);
    test.or(CommandLine::raw(format!("exit {FREE}"))).grouped()
}

fn show(names: &Names) -> CommandLine {
    CommandLine::new("base64")
        .arg("-d")
        .arg_raw("<")
        .arg(names.lock_details())
        .arg_raw("2>/dev/null")
}

/// Base64 as Ruby's `Base64.encode64` breaks it: every 60 characters. The last break is `echo`'s.
fn wrapped(encoded: &str) -> String {
    let mut lines = Vec::new();
    let mut rest = encoded;
    while rest.len() > 60 {
        let (line, more) = rest.split_at(60);
        lines.push(line);
        rest = more;
    }
    lines.push(rest);
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_the_lock_is_read_from_what_was_written() {
        let details = LockDetails {
            holder: "Dee at home".to_owned(),
            since: "2026-01-02T03:04:05Z".to_owned(),
            version: "2222222".to_owned(),
            message: "not today\nMessage: nor tomorrow".to_owned(),
        };
        assert_eq!(LockDetails::read(&details.text()), Some(details));
        for odd in ["", "Locked by: Dee", "Locked by: Dee at x\nVersion: 1\n"] {
            assert_eq!(LockDetails::read(odd), None, "{odd}");
        }
    }
}
