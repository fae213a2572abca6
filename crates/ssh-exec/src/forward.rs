//! A port of a host that leads to this machine for a while.

use std::{net::Ipv4Addr, num::NonZeroU16, path::PathBuf, time::Duration};

use dhow_names::Host;

/// A port on the loopback of a host; who connects to it there talks to this machine, through the connection to
/// the host that is there anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The port of the host.
    pub port: NonZeroU16,
    /// Where it leads to.
    pub to: LocalEnd,
}

/// Something that listens on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalEnd {
    /// A socket, which only those reach who may enter its folder.
    Socket(PathBuf),
    /// A port of the loopback.
    Port(NonZeroU16),
}

/// The address that is listened on, here and there: no other machine reaches it.
pub(crate) const LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// A port of a host could not be made to lead here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Failed to establish port forward on {host}: {}", reason.of(*port))]
pub struct ForwardError {
    /// The host.
    pub host: Host,
    /// The port.
    pub port: NonZeroU16,
    /// Why it could not be.
    pub reason: ForwardFailure,
}

/// Why a port of a host cannot lead here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardFailure {
    /// There is no connection to the host, or it went away.
    NoConnection,
    /// Something on the host listens there already.
    Taken {
        /// The program, when the host tells.
        by: Option<String>,
    },
    /// The host's sshd lets nobody, or not this user, listen on the port.
    Forbidden,
    /// No answer came within the time limit.
    TimedOut {
        /// The time limit.
        after: Duration,
    },
    /// Nothing on this machine was named that the port could lead to.
    NothingHere,
    /// Anything else, in the words of `ssh`.
    Other(String),
}

impl ForwardFailure {
    fn of(&self, port: NonZeroU16) -> String {
        match self {
            Self::NoConnection => "there is no connection".to_owned(),
            Self::Taken { by: None } => format!("its port {port} is taken"),
            Self::Taken { by: Some(program) } => {
                format!("its port {port} is taken by `{program}`")
            }
            Self::Forbidden => format!("its sshd allows no forwarding of port {port}"),
            Self::TimedOut { after } => format!(
                "Timed out waiting for port forwarding to be established ({} s)",
                after.as_secs_f32()
            ),
            Self::NothingHere => "nothing is served on this machine".to_owned(),
            Self::Other(said) => said.clone(),
        }
    }

    /// Whether it may be over in a moment: a port that sshd has, or nobody knows who, may be another deploy's.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Taken { by: None } => true,
            Self::Taken { by: Some(program) } => is_sshd(program),
            _ => false,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Taken { by: Some(program) } if is_sshd(program) => Some(
                "another deploy has the port, or one that was killed left its connection behind: end that `ssh` \
                 on the machine it ran on",
            ),
            Self::Taken { .. } => Some(
                "`ss -ltnp` on the host, as root, shows what listens there: stop it, or write another port \
                 behind `registry/server: localhost:`",
            ),
            Self::Forbidden => Some(
                "let sshd on the host forward: `AllowTcpForwarding yes` or `remote` (and no `PermitListen` or \
                 `DisableForwarding` that forbids it) in sshd_config, no `restrict` before the key in \
                 authorized_keys; a port below 1024 is for root only",
            ),
            Self::NoConnection | Self::TimedOut { .. } | Self::NothingHere | Self::Other(_) => None,
        }
    }
}

/// The names that sshd's processes have in one release or another.
fn is_sshd(program: &str) -> bool {
    matches!(program, "sshd" | "sshd-session")
}

/// Prints the listeners of a port of this kernel's tables: `/proc/net/tcp` is the same on every Linux, whatever
/// is installed.
pub(crate) fn look_for_listeners(port: NonZeroU16) -> String {
    format!("grep -h ':{port:04X} .* 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null; true")
}

/// Prints the program that listens on a port, where `ss` is installed and may tell.
pub(crate) fn look_for_program(port: NonZeroU16) -> String {
    format!("ss -Hltnp 'sport = :{port}' 2>/dev/null; true")
}

/// Whether something listens where a forward would, from the kernel's tables.
pub(crate) fn is_taken(tables: &str, port: NonZeroU16) -> bool {
    /// Addresses as the tables show them: the loopback, and all addresses of either family.
    const IN_THE_WAY: [&str; 4] = [
        "0100007F",
        "00000000",
        "00000000000000000000000000000000",
        "0000000000000000FFFF00000100007F",
    ];
    const LISTENS: &str = "0A";
    tables.lines().any(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let local = columns.next().and_then(|local| local.split_once(':'));
        let state = columns.nth(1);
        local.is_some_and(|(address, at)| {
            IN_THE_WAY.contains(&address) && at == format!("{port:04X}")
        }) && state == Some(LISTENS)
    })
}

/// The program's name in a line of `ss`: `users:(("nginx",pid=7,fd=6))`.
pub(crate) fn program_in(said: &str) -> Option<String> {
    let (_, rest) = said.split_once("users:((\"")?;
    let (name, _) = rest.split_once('"')?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: NonZeroU16 = NonZeroU16::new(5555).unwrap();

    fn tables(address: &str, state: &str) -> String {
        format!(
            "   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  0 0 77 1 0 100 0 0 10 0\n"
        )
    }

    #[test]
    fn only_what_listens_on_the_loopback_is_in_the_way() {
        for address in [
            "0100007F:15B3",
            "00000000:15B3",
            "00000000000000000000000000000000:15B3",
            "0000000000000000FFFF00000100007F:15B3",
        ] {
            assert!(is_taken(&tables(address, "0A"), PORT), "{address}");
        }
        // Another address, another port, a connection instead of a listener, the other family's loopback.
        for (address, state) in [
            ("0200000A:15B3", "0A"),
            ("0100007F:15B4", "0A"),
            ("0100007F:15B3", "06"),
            ("00000000000000000000000001000000:15B3", "0A"),
        ] {
            assert!(!is_taken(&tables(address, state), PORT), "{address}");
        }
        assert!(!is_taken("", PORT));
    }

    #[test]
    fn the_program_is_told_where_it_is_known() {
        let line = "LISTEN 0 128 127.0.0.1:5555 0.0.0.0:* users:((\"nginx\",pid=7,fd=6))";
        assert_eq!(program_in(line).as_deref(), Some("nginx"));
        assert_eq!(program_in("LISTEN 0 128 127.0.0.1:5555 0.0.0.0:*"), None);
    }
}
