//! The secrets a command needs, looked up before anything happens.

use std::collections::BTreeMap;

use dhow_config::{Accessory, Config, Credential, Env, EnvFiles, Proxy, Registry, Tls};
use dhow_names::{AccessoryName, Host, RoleName, SecretName};
use dhow_redaction::Secret;
use dhow_secrets::{EnvFileForm, SecretNotFound, Secrets, Undeliverable, env_file};

use crate::plan::Content;

/// A user and a password for the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// `host[:port]`; none means Docker Hub.
    pub server: Option<String>,
    /// The user.
    pub username: Secret,
    /// The password or token.
    pub password: Secret,
}

/// Every secret that the deploy file asks for, each in the form in which it is delivered.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// How to log in to the registry; none when it asks for no login.
    pub login: Option<Login>,
    roles: BTreeMap<(RoleName, Host), Secret>,
    accessories: BTreeMap<AccessoryName, Secret>,
    accessory_logins: BTreeMap<AccessoryName, Login>,
    certificates: BTreeMap<RoleName, (Secret, Secret)>,
    accessory_certificates: BTreeMap<AccessoryName, (Secret, Secret)>,
    /// `ssh.key_data`: private keys.
    pub ssh_keys: Vec<Secret>,
    /// `builder.secrets` with their values.
    pub build: Vec<(SecretName, Secret)>,
    /// Variables whose values reach containers otherwise than the secrets files say.
    pub changed: Vec<SecretName>,
}

/// Secrets that the deploy file names and that cannot be delivered, each once, in the order met.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.headline())]
pub struct UnmetNeeds {
    /// Those that the secrets files do not set.
    pub missing: Vec<SecretNotFound>,
    /// Those that no env file can hold.
    pub undeliverable: Vec<Undeliverable>,
}

impl UnmetNeeds {
    fn headline(&self) -> &'static str {
        match (self.missing.len(), self.undeliverable.len()) {
            (0, 1) => "a secret cannot be delivered",
            (0, _) => "secrets cannot be delivered",
            (1, _) => "a secret is missing",
            _ => "secrets are missing",
        }
    }
}

impl Needs {
    /// Looks up everything `config` asks for; all that is missing is told in one go.
    pub fn look_up(config: &Config, secrets: &Secrets) -> Result<Self, UnmetNeeds> {
        let mut desk = Desk {
            secrets,
            form: match config.dhow.env_files {
                None | Some(EnvFiles::Kamal) => EnvFileForm::Kamal,
                Some(EnvFiles::Literal) => EnvFileForm::Literal,
            },
            changed: Vec::new(),
            unmet: UnmetNeeds {
                missing: Vec::new(),
                undeliverable: Vec::new(),
            },
        };
        let login = desk.login(&config.registry);
        let accessory_logins = config
            .accessories
            .iter()
            .filter_map(|it| Some((it.name.clone(), desk.login(it.registry.as_ref()?)?)))
            .collect();
        let certificates = config
            .roles
            .iter()
            .filter_map(|it| Some((it.name.clone(), desk.certificate(it.proxy.as_ref()?)?)))
            .collect();
        let accessory_certificates = config
            .accessories
            .iter()
            .filter_map(|it| Some((it.name.clone(), desk.certificate(it.proxy.as_ref()?)?)))
            .collect();
        let keys = config.ssh.key_data.iter();
        let ssh_keys = keys.map(|key| desk.credential(key)).collect();
        let mut roles = BTreeMap::new();
        for role in &config.roles {
            for at in &role.hosts {
                roles.insert((role.name.clone(), at.host.clone()), desk.env_file(&at.env));
            }
        }
        let accessories = config
            .accessories
            .iter()
            .map(|it| (it.name.clone(), desk.env_file(&it.env)))
            .collect();
        let build = config
            .builder
            .secrets
            .iter()
            .map(|name| (name.clone(), desk.get(name)))
            .collect();
        if desk.unmet.missing.is_empty() && desk.unmet.undeliverable.is_empty() {
            Ok(Self {
                login,
                ssh_keys,
                roles,
                accessories,
                accessory_logins,
                certificates,
                accessory_certificates,
                build,
                changed: desk.changed,
            })
        } else {
            Err(desk.unmet)
        }
    }

    /// The environment file of a role on a host; one line break when it has no secrets.
    pub fn role_env(&self, role: &RoleName, host: &Host) -> Content {
        content(self.roles.get(&(role.clone(), host.clone())))
    }

    /// How an accessory with a registry of its own logs in there.
    pub fn accessory_login(&self, accessory: &Accessory) -> Option<&Login> {
        self.accessory_logins.get(&accessory.name)
    }

    /// The certificate of a role and its private key, when it has one of its own.
    pub fn certificate(&self, role: &RoleName) -> Option<(Content, Content)> {
        let (certificate, key) = self.certificates.get(role)?;
        Some((content(Some(certificate)), content(Some(key))))
    }

    /// The certificate of an accessory and its private key, when it has one of its own and secrets were read.
    pub fn accessory_certificate(&self, accessory: &Accessory) -> Option<(Content, Content)> {
        let (certificate, key) = self.accessory_certificates.get(&accessory.name)?;
        Some((content(Some(certificate)), content(Some(key))))
    }

    /// The environment file of an accessory, where secrets were read.
    pub(crate) fn known_accessory_env(&self, accessory: &Accessory) -> Option<&Secret> {
        self.accessories.get(&accessory.name)
    }

    /// The environment file of an accessory.
    pub fn accessory_env(&self, accessory: &Accessory) -> Content {
        content(self.known_accessory_env(accessory))
    }
}

fn content(file: Option<&Secret>) -> Content {
    Content::new(file.map_or("\n", Secret::expose))
}

/// Hands out secrets and notes what it does not have.
struct Desk<'a> {
    secrets: &'a Secrets,
    form: EnvFileForm,
    changed: Vec<SecretName>,
    unmet: UnmetNeeds,
}

impl Desk<'_> {
    fn get(&mut self, name: &SecretName) -> Secret {
        match self.secrets.get(name) {
            Ok(secret) => secret.clone(),
            Err(missing) => {
                add_new(&mut self.unmet.missing, [missing]);
                Secret::new("")
            }
        }
    }

    fn login(&mut self, registry: &Registry) -> Option<Login> {
        let credentials = registry.credentials.as_ref()?;
        Some(Login {
            server: registry.server.clone(),
            username: self.credential(&credentials.username),
            password: self.credential(&credentials.password),
        })
    }

    fn certificate(&mut self, proxy: &Proxy) -> Option<(Secret, Secret)> {
        match &proxy.tls {
            Tls::Certificate {
                certificate,
                private_key,
            } => Some((self.get(certificate), self.get(private_key))),
            Tls::Off | Tls::Automatic => None,
        }
    }

    fn credential(&mut self, credential: &Credential) -> Secret {
        match credential {
            Credential::Written(secret) => secret.clone(),
            Credential::FromSecret(name) => self.get(name),
        }
    }

    fn env_file(&mut self, env: &Env) -> Secret {
        let pairs: Vec<(SecretName, Secret)> = env
            .secret
            .iter()
            .map(|it| (it.variable.clone(), self.get(&it.source)))
            .collect();
        let written = env_file(pairs.iter().map(|(name, secret)| (name, secret)), self.form);
        match written {
            Ok(file) => {
                add_new(&mut self.changed, file.changed);
                file.content
            }
            Err(undeliverable) => {
                add_new(&mut self.unmet.undeliverable, undeliverable);
                Secret::new("")
            }
        }
    }
}

/// Adds what is not there yet.
fn add_new<T: PartialEq>(known: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for one in more {
        if !known.contains(&one) {
            known.push(one);
        }
    }
}
