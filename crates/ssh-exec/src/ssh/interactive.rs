//! Programs on a host that talk to the user's terminal: a console in a container, followed logs.

use dhow_names::Host;
use dhow_shell::CommandLine;

use crate::{LocalProgram, ssh::arguments};

use super::SshTransport;

/// The command holds a secret, and the arguments of a program are visible to everybody on its machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{command}` holds a secret, which an interactive command cannot carry")]
pub struct SecretInArguments {
    /// The command as a person reads it.
    pub command: String,
}

impl SshTransport {
    /// The local program that runs `command` on a host with its streams on ours, and with a terminal when
    /// asked for (host-commands §1.3, over-ssh). It shares the host's open connection, and opens one of its
    /// own when there is none. Run it with [`run_in_terminal`](crate::run_in_terminal).
    pub fn interactive(
        &self,
        host: &Host,
        command: &CommandLine,
        terminal: bool,
    ) -> Result<LocalProgram, SecretInArguments> {
        let (shown, exposed) = (command.to_string(), command.exposed());
        if shown != exposed {
            return Err(SecretInArguments { command: shown });
        }
        let session = self.session(host);
        let socket = session.as_ref().map(|session| session.control_socket());
        let arguments =
            arguments::interactive(&self.settings, self.folder.path(), socket, host, terminal);
        Ok(LocalProgram::new("ssh").args(arguments).args([exposed]))
    }
}
