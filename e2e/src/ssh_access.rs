//! How the tool gets into the hosts: a key, an ssh configuration and known hosts, all made beforehand.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use crate::{fleet::Fleet, program};

/// The files in one folder, laid out as in a person's `~/.ssh`.
#[derive(Debug)]
pub struct SshAccess {
    folder: PathBuf,
    user: String,
    public_key: String,
    host_key: String,
}

impl SshAccess {
    /// Makes a key for the user and one for all hosts of the world.
    pub(crate) async fn make(folder: &Path, fleet: &Fleet) -> Self {
        fs_err::create_dir_all(folder).expect("the folder for ssh can be made");
        for key in ["id_ed25519", "host_key"] {
            let file = folder.join(key).to_string_lossy().into_owned();
            let words = ["-q", "-t", "ed25519", "-N", "", "-C", key, "-f", &file];
            program::run("ssh-keygen", &words, folder, &[].into())
                .await
                .output();
        }
        let read = |name: &str| {
            fs_err::read_to_string(folder.join(name))
                .expect("ssh-keygen wrote the key")
                .trim()
                .to_string()
        };
        Self {
            folder: folder.into(),
            user: fleet.user.clone(),
            public_key: read("id_ed25519.pub"),
            host_key: read("host_key"),
        }
    }

    /// Writes `config` and `known_hosts` for these hosts and their ports on this machine.
    ///
    /// A host is known by its name, not by its port: a wrong port is a wrong key.
    pub(crate) fn write(&self, ports: &[(&str, u16)]) {
        let host_key = fs_err::read_to_string(self.folder.join("host_key.pub"))
            .expect("ssh-keygen wrote the key");
        let folder = self.folder.display();
        let mut config = String::new();
        let mut known = String::new();
        for (host, port) in ports {
            let _ = write!(
                config,
                "Host {host}\n  HostName 127.0.0.1\n  Port {port}\n  HostKeyAlias {host}\n\n"
            );
            let _ = write!(known, "{host} {host_key}");
        }
        let _ = write!(
            config,
            "Host *\n  User {}\n  IdentityFile {folder}/id_ed25519\n  IdentitiesOnly yes\n  \
             UserKnownHostsFile {folder}/known_hosts\n  GlobalKnownHostsFile /dev/null\n  \
             StrictHostKeyChecking yes\n  BatchMode yes\n",
            self.user
        );
        fs_err::write(self.folder.join("config"), config)
            .expect("the ssh configuration can be written");
        fs_err::write(self.folder.join("known_hosts"), known)
            .expect("the known hosts can be written");
    }

    /// The ssh configuration file, for `ssh: config:` in deploy.yml and for `ssh -F`.
    pub fn config(&self) -> PathBuf {
        self.folder.join("config")
    }

    /// The user who logs in.
    pub fn user(&self) -> &str {
        &self.user
    }

    pub(crate) fn public_key(&self) -> &str {
        &self.public_key
    }

    pub(crate) fn host_key(&self) -> &str {
        &self.host_key
    }
}
