//! The arguments of `ssh`, as data.
//!
//! What is given here wins over the user's configuration, because `ssh` takes the first value it meets and
//! reads its arguments first.

use std::{
    ffi::OsString,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use dhow_names::Host;

use crate::{ConfigFiles, Proxy, SshSettings, UnknownHosts};

/// The name of the file that stands for several configuration files, in the control folder.
pub(crate) const COMBINED_CONFIG: &str = "config";

/// How often a silent connection is tried, in seconds (host-commands §1.2), and how many tries may stay
/// without an answer.
const ALIVE_INTERVAL: u32 = 30;
const ALIVE_TRIES: u32 = 3;

/// One file that includes several, since `ssh` reads only the last `-F`. One file needs none.
pub(crate) fn combined_config(files: &[PathBuf]) -> Option<String> {
    if files.len() < 2 {
        return None;
    }
    let mut text = String::new();
    for file in files {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "Include \"{}\"", file.display());
    }
    Some(text)
}

/// The arguments that open a master connection, which goes to the background once it stands.
pub(crate) fn master(
    settings: &SshSettings,
    folder: &Path,
    socket: &Path,
    host: &Host,
) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["-M", "-N", "-f", "-T"].map(Into::into).into();
    arguments.extend(["-S".into(), socket.into()]);
    for option in [
        // `-N` alone keeps the connection. With `ControlPersist`, what a jump host's `ssh` says would be lost.
        "ControlPersist=no".to_owned(),
        // Nobody is there to answer.
        "BatchMode=yes".to_owned(),
        "TCPKeepAlive=yes".to_owned(),
        format!("ServerAliveInterval={ALIVE_INTERVAL}"),
        format!("ServerAliveCountMax={ALIVE_TRIES}"),
        format!(
            "ConnectTimeout={}",
            settings.connect_timeout.as_secs().max(1)
        ),
        // Commands of the user's own that would run at every connection are for terminals.
        "PermitLocalCommand=no".to_owned(),
        "RemoteCommand=none".to_owned(),
        "RequestTTY=no".to_owned(),
        // The deploy needs none of the user's port forwards, and a port that is taken must not end it.
        "ClearAllForwardings=yes".to_owned(),
    ] {
        arguments.extend(["-o".into(), option.into()]);
    }
    arguments.extend(common(settings, folder));
    arguments.extend(destination(settings, host));
    arguments
}

/// The arguments for a program that talks to the user's terminal (host-commands §1.3), over the connection
/// that `socket` belongs to when there is one.
pub(crate) fn interactive(
    settings: &SshSettings,
    folder: &Path,
    socket: Option<&Path>,
    host: &Host,
    terminal: bool,
) -> Vec<OsString> {
    let mut arguments = Vec::new();
    if let Some(socket) = socket {
        arguments.extend(["-S".into(), socket.into()]);
    }
    arguments.extend(common(settings, folder));
    arguments.push(if terminal { "-t" } else { "-T" }.into());
    arguments.extend(["-o".into(), "LogLevel=ERROR".into()]);
    arguments.extend(destination(settings, host));
    arguments
}

/// What every use of `ssh` shares: which configuration, which keys, which way.
fn common(settings: &SshSettings, folder: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let config: Option<PathBuf> = match &settings.config {
        ConfigFiles::Default => None,
        ConfigFiles::None => Some("/dev/null".into()),
        ConfigFiles::Files(files) => match &files[..] {
            [] => None,
            [file] => Some(file.clone()),
            _ => Some(folder.join(COMBINED_CONFIG)),
        },
    };
    if let Some(config) = config {
        arguments.extend(["-F".into(), config.into()]);
    }
    let mut option = |text: OsString| arguments.extend(["-o".into(), text]);
    option(
        match settings.unknown_hosts {
            UnknownHosts::Add => "StrictHostKeyChecking=accept-new",
            UnknownHosts::Refuse => "StrictHostKeyChecking=yes",
        }
        .into(),
    );
    if let Some(file) = &settings.known_hosts_file {
        let mut text = OsString::from("UserKnownHostsFile=");
        text.push(file);
        option(text);
    }
    match settings.forward_agent {
        None => {}
        Some(true) => option("ForwardAgent=yes".into()),
        Some(false) => option("ForwardAgent=no".into()),
    }
    if settings.keys_only {
        option("IdentitiesOnly=yes".into());
    }
    match &settings.proxy {
        None => {}
        Some(Proxy::Jump(host)) => arguments.extend(["-J".into(), host.into()]),
        Some(Proxy::Command(command)) => option(format!("ProxyCommand={command}").into()),
    }
    for key in &settings.keys {
        arguments.extend(["-i".into(), key.into()]);
    }
    arguments
}

/// Whom to talk to, where. The host's own user and port win over the settings.
fn destination(settings: &SshSettings, host: &Host) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    if let Some(port) = port(settings, host) {
        arguments.extend(["-p".into(), port.to_string().into()]);
    }
    if let Some(user) = user(settings, host) {
        arguments.extend(["-l".into(), user.into()]);
    }
    arguments.extend(["--".into(), host.address().into()]);
    arguments
}

fn user<'a>(settings: &'a SshSettings, host: &'a Host) -> Option<&'a str> {
    host.user().or(settings.user.as_deref())
}

fn port(settings: &SshSettings, host: &Host) -> Option<u16> {
    host.port().map(Into::into).or(settings.port)
}

/// `user@address:port`, as far as it is known here.
pub(crate) fn tried(settings: &SshSettings, host: &Host) -> String {
    let user = user(settings, host).map_or_else(String::new, |user| format!("{user}@"));
    let port = port(settings, host).map_or_else(String::new, |port| format!(":{port}"));
    let address = host.address();
    if address.contains(':') && !port.is_empty() {
        format!("{user}[{address}]{port}")
    } else {
        format!("{user}{address}{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> SshSettings {
        SshSettings::new("/run/user/1000", 1)
    }

    fn shown(arguments: &[OsString]) -> String {
        let words = arguments.iter().map(|word| word.to_string_lossy());
        words.collect::<Vec<_>>().join(" ")
    }

    fn host(text: &str) -> Host {
        text.parse().unwrap()
    }

    #[test]
    fn a_master_says_everything_it_needs() {
        let mut settings = settings();
        settings.user = Some("deploy".into());
        settings.port = Some(2222);
        settings.keys = vec!["/keys/one".into(), "/keys/two".into()];
        settings.keys_only = true;
        settings.forward_agent = Some(true);
        settings.proxy = Some(Proxy::Jump("root@bastion".into()));
        settings.config = ConfigFiles::Files(vec!["/a".into(), "/b".into()]);
        let arguments = master(
            &settings,
            Path::new("/c"),
            Path::new("/c/1/master"),
            &host("web.example"),
        );
        insta::assert_snapshot!(shown(&arguments), @"-M -N -f -T -S /c/1/master -o ControlPersist=no -o BatchMode=yes -o TCPKeepAlive=yes -o ServerAliveInterval=30 -o ServerAliveCountMax=3 -o ConnectTimeout=30 -o PermitLocalCommand=no -o RemoteCommand=none -o RequestTTY=no -o ClearAllForwardings=yes -F /c/config -o StrictHostKeyChecking=accept-new -o ForwardAgent=yes -o IdentitiesOnly=yes -J root@bastion -i /keys/one -i /keys/two -p 2222 -l deploy -- web.example");
    }

    #[test]
    fn the_hosts_own_user_and_port_win_and_silence_is_left_to_the_configuration() {
        let mut settings = settings();
        let end = |settings: &SshSettings, text: &str| {
            shown(&destination(settings, &host(text))) + " | " + &tried(settings, &host(text))
        };
        assert_eq!(end(&settings, "web"), "-- web | web");
        settings.user = Some("deploy".into());
        settings.port = Some(22);
        assert_eq!(
            end(&settings, "app@web:2200"),
            "-p 2200 -l app -- web | app@web:2200"
        );
        assert_eq!(
            end(&settings, "[fd00::1]"),
            "-p 22 -l deploy -- fd00::1 | deploy@[fd00::1]:22"
        );
    }

    #[test]
    fn a_terminal_gets_the_same_way_and_the_same_keys() {
        let mut settings = settings();
        settings.config = ConfigFiles::None;
        settings.proxy = Some(Proxy::Command("nc %h %p".into()));
        settings.keys = vec!["/keys/one".into()];
        let socket = Path::new("/c/1/master");
        let arguments = interactive(
            &settings,
            Path::new("/c"),
            Some(socket),
            &host("root@web"),
            true,
        );
        insta::assert_snapshot!(shown(&arguments), @"-S /c/1/master -F /dev/null -o StrictHostKeyChecking=accept-new -o ProxyCommand=nc %h %p -i /keys/one -t -o LogLevel=ERROR -l root -- web");
        let arguments = interactive(&settings, Path::new("/c"), None, &host("web"), false);
        insta::assert_snapshot!(shown(&arguments), @"-F /dev/null -o StrictHostKeyChecking=accept-new -o ProxyCommand=nc %h %p -i /keys/one -T -o LogLevel=ERROR -- web");
    }

    #[test]
    fn several_files_become_one() {
        assert_eq!(combined_config(&["/a".into()]), None);
        let both = combined_config(&["/a b".into(), "/c".into()]);
        assert_eq!(both.unwrap(), "Include \"/a b\"\nInclude \"/c\"\n");
    }
}
