//! What `ssh` means by what it says when a connection fails. Its exit code is always 255, so its words are
//! all there is.

use std::time::Duration;

use crate::ConnectFailure;

/// How many of the last lines are handed on.
const LINES: usize = 5;

/// The last lines that tell something.
pub(crate) fn last_lines(said: &str) -> Vec<String> {
    let telling = |line: &&str| !line.is_empty() && !line.starts_with("Warning: Permanently added");
    let lines: Vec<&str> = said.lines().map(str::trim).filter(telling).collect();
    let last = lines.len().saturating_sub(LINES);
    lines[last..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}

/// Why the connection failed. `limit` is the time it was given.
pub(crate) fn classify(said: &str, limit: Duration) -> ConnectFailure {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["REMOTE HOST IDENTIFICATION HAS CHANGED"]) {
        ConnectFailure::HostKeyChanged
    } else if says(&["Host key verification failed", "host key is known for"]) {
        ConnectFailure::HostKeyUnknown
    } else if says(&["Permission denied (", "Too many authentication failures"]) {
        ConnectFailure::PermissionDenied
    } else if says(&["Could not resolve hostname"]) {
        ConnectFailure::NameNotFound
    } else if says(&["Connection refused"]) {
        ConnectFailure::Refused
    } else if says(&[
        "kex_exchange_identification: ",
        "Connection reset by ",
        "Not allowed at this time",
    ]) {
        ConnectFailure::TurnedAway
    } else if says(&["timed out"]) {
        ConnectFailure::TimedOut { after: limit }
    } else {
        ConnectFailure::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_ssh_are_understood() {
        let limit = Duration::from_secs(7);
        let timed_out = ConnectFailure::TimedOut { after: limit };
        for (said, reason) in [
            (
                "ssh: connect to host h port 22: Connection refused",
                ConnectFailure::Refused,
            ),
            (
                "ssh: connect to host h port 22: Connection timed out",
                timed_out.clone(),
            ),
            ("Connection timed out during banner exchange", timed_out),
            (
                "ssh: Could not resolve hostname h: Name or service not known",
                ConnectFailure::NameNotFound,
            ),
            (
                "u@h: Permission denied (publickey).",
                ConnectFailure::PermissionDenied,
            ),
            (
                "No ED25519 host key is known for h and you have requested strict checking.\nHost key verification failed.",
                ConnectFailure::HostKeyUnknown,
            ),
            (
                "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
                ConnectFailure::HostKeyChanged,
            ),
            (
                "kex_exchange_identification: read: Connection reset by peer\nConnection reset by 10.0.0.1 port 22",
                ConnectFailure::TurnedAway,
            ),
            (
                "kex_exchange_identification: Connection closed by remote host",
                ConnectFailure::TurnedAway,
            ),
            (
                "Connection reset by 10.0.0.1 port 22",
                ConnectFailure::TurnedAway,
            ),
            (
                "Connection timed out during banner exchange\nConnection to 10.0.0.1 port 22 timed out",
                ConnectFailure::TimedOut { after: limit },
            ),
            ("Bad configuration option: nonsense", ConnectFailure::Other),
        ] {
            assert_eq!(classify(said, limit), reason, "{said}");
        }
    }

    #[test]
    fn only_the_last_lines_that_tell_something_are_kept() {
        let said =
            "Warning: Permanently added 'h' to the list of known hosts.\r\n1\r\n\n2\n3\n4\n5\n6\n";
        assert_eq!(last_lines(said), ["2", "3", "4", "5", "6"]);
    }
}
