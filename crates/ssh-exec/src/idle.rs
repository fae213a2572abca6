//! Shells that have done a script and wait for the next one: another exec request would cost two round trips.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use dhow_names::Host;
use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::conversation::Channel;

/// A shell: its streams, and what ends it when it is dropped.
#[derive(Debug)]
pub(crate) struct Shell<Process, In, Out, Err> {
    pub(crate) process: Process,
    pub(crate) channel: Channel<In, Out, Err>,
}

/// A host has several where it has done several scripts at the same time.
type ByHost<Waiting> = BTreeMap<Host, Vec<Waiting>>;

/// The waiting shells of every host.
#[derive(Debug)]
pub(crate) struct IdleShells<Process, In, Out, Err>(Mutex<ByHost<Shell<Process, In, Out, Err>>>);

impl<Process, In, Out, Err> Default for IdleShells<Process, In, Out, Err> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Process, In, Out, Err> IdleShells<Process, In, Out, Err>
where
    Out: AsyncRead + Unpin,
    Err: AsyncRead + Unpin,
{
    /// A shell of `host` that still waits. One that has ended meanwhile, because the host closes what is idle for
    /// long, is forgotten.
    pub(crate) fn take(&self, host: &Host) -> Option<Shell<Process, In, Out, Err>> {
        loop {
            let mut shell = self.shells().get_mut(host)?.pop()?;
            if is_silent(&mut shell.channel.stdout) && is_silent(&mut shell.channel.stderr) {
                return Some(shell);
            }
        }
    }

    /// Lets a shell wait for the next script of `host`.
    pub(crate) fn keep(&self, host: &Host, shell: Shell<Process, In, Out, Err>) {
        self.shells().entry(host.clone()).or_default().push(shell);
    }

    /// Ends the waiting shells of a host, whose connection is gone.
    pub(crate) fn forget(&self, host: &Host) {
        self.shells().remove(host);
    }

    /// Ends all of them.
    pub(crate) fn clear(&self) {
        self.shells().clear();
    }

    fn shells(&self) -> MutexGuard<'_, ByHost<Shell<Process, In, Out, Err>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nothing came, neither a byte nor the end: a shell that waits says nothing.
fn is_silent(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    stream.read_u8().now_or_never().is_none()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    type Streams = [DuplexStream; 2];

    /// A shell, and the far ends of its output and errors.
    fn shell(name: &'static str) -> (Shell<&'static str, (), DuplexStream, DuplexStream>, Streams) {
        let ((stdout, far_out), (stderr, far_err)) = (duplex(16), duplex(16));
        let channel = Channel {
            stdin: (),
            stdout,
            stderr,
        };
        let shell = Shell {
            process: name,
            channel,
        };
        (shell, [far_out, far_err])
    }

    #[tokio::test]
    async fn only_a_shell_that_waits_in_silence_is_taken() {
        let host: Host = "10.0.0.1".parse().unwrap();
        let idle = IdleShells::default();
        let (waiting, _open) = shell("waiting");
        let (ended, far) = shell("ended");
        drop(far);
        let (talking, [mut out, _err]) = shell("talking");
        out.write_all(b"?").await.unwrap();
        for shell in [waiting, ended, talking] {
            idle.keep(&host, shell);
        }
        assert!(idle.take(&"10.0.0.2".parse().unwrap()).is_none());
        assert_eq!(idle.take(&host).unwrap().process, "waiting");
        assert!(idle.take(&host).is_none());
    }

    #[tokio::test]
    async fn shells_of_a_lost_host_are_forgotten() {
        let (one, other): (Host, Host) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let idle = IdleShells::default();
        let ((first, _far), (second, _other_far)) = (shell("first"), shell("second"));
        idle.keep(&one, first);
        idle.keep(&other, second);
        idle.forget(&one);
        assert!(idle.take(&one).is_none());
        assert_eq!(idle.take(&other).unwrap().process, "second");
    }
}
