//! The password managers that `secrets fetch` can ask, each through its own program (secrets-and-hooks §5).

mod aws;
mod bitwarden;
mod bitwarden_secrets;
mod desk;
mod doppler;
mod enpass;
mod fetch_error;
mod gcp;
mod last_pass;
mod one_password;
mod passbolt;
mod reversing;

use std::str::FromStr;

use dhow_redaction::Secret;

pub(crate) use self::desk::{Client, Desk};
pub use self::fetch_error::FetchError;
use crate::{FetchRequest, Fetched, RequestError};

/// A name this unlike any other is not a slip of the hand.
const LEAST_LIKENESS: f64 = 0.8;

/// What a log-in gave for the calls after it, if anything.
pub(crate) type Session = Option<Secret>;

/// A password manager, asked in its own way.
pub(crate) trait PasswordManager: Sync {
    /// Its program, which must be there.
    fn client(&self) -> Option<Client>;

    /// Whether `--account` must be given.
    fn needs_account(&self) -> bool {
        false
    }

    /// Whether its program may ask a person something after the log-in as well.
    fn asks_while_reading(&self) -> bool {
        false
    }

    /// Makes sure that somebody is logged in.
    fn log_in(&self, _desk: &Desk<'_>, _account: &str) -> Result<Session, FetchError> {
        Ok(None)
    }

    /// Reads what the request names.
    fn read(
        &self,
        desk: &Desk<'_>,
        request: &FetchRequest,
        session: Option<&Secret>,
    ) -> Result<Fetched, FetchError>;
}

/// Which password manager is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Adapter {
    /// 1Password, through `op`.
    OnePassword,
    /// AWS Secrets Manager, through `aws`.
    AwsSecretsManager,
    /// Bitwarden, through `bw`.
    Bitwarden,
    /// Bitwarden Secrets Manager, through `bws`.
    BitwardenSecretsManager,
    /// Doppler, through `doppler`.
    Doppler,
    /// Enpass, through `enpass-cli`.
    Enpass,
    /// Google Cloud's Secret Manager, through `gcloud`.
    GcpSecretManager,
    /// `LastPass`, through `lpass`.
    LastPass,
    /// Passbolt, through `passbolt`.
    Passbolt,
    /// No manager at all: it turns names around, for tests of secrets files.
    Test,
}

impl Adapter {
    /// Whether it cannot be asked without `--account`.
    pub fn needs_account(self) -> bool {
        self.manager().needs_account()
    }

    /// The names that are told, each as the reference spells it.
    const NAMES: [&str; 9] = [
        "1password",
        "aws_secrets_manager",
        "bitwarden",
        "bitwarden-sm",
        "doppler",
        "enpass",
        "gcp",
        "lastpass",
        "passbolt",
    ];

    /// What may have been meant with a name that no adapter has.
    pub(crate) fn hint(name: &str) -> String {
        let likeness = |known: &str| strsim::jaro_winkler(known, &name.to_lowercase());
        let nearest = Self::NAMES
            .into_iter()
            .max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
        match nearest.filter(|known| likeness(known) >= LEAST_LIKENESS) {
            Some(known) => format!("; did you mean {known}?"),
            None => format!("; there are {}", Self::NAMES.join(", ")),
        }
    }

    pub(crate) fn manager(self) -> &'static dyn PasswordManager {
        match self {
            Self::OnePassword => &one_password::OnePassword,
            Self::AwsSecretsManager => &aws::AwsSecretsManager,
            Self::Bitwarden => &bitwarden::Bitwarden,
            Self::BitwardenSecretsManager => &bitwarden_secrets::BitwardenSecretsManager,
            Self::Doppler => &doppler::Doppler,
            Self::Enpass => &enpass::Enpass,
            Self::GcpSecretManager => &gcp::GcpSecretManager,
            Self::LastPass => &last_pass::LastPass,
            Self::Passbolt => &passbolt::Passbolt,
            Self::Test => &reversing::Reversing,
        }
    }
}

impl FromStr for Adapter {
    type Err = RequestError;

    /// Reads the name that `--adapter` takes: an alias in any case, or the plain name in snake or camel case
    /// (secrets-and-hooks §5).
    fn from_str(name: &str) -> Result<Self, RequestError> {
        let alias = match name.to_lowercase().as_str() {
            "1password" => Some(Self::OnePassword),
            "bitwarden-sm" => Some(Self::BitwardenSecretsManager),
            "gcp" => Some(Self::GcpSecretManager),
            "lastpass" => Some(Self::LastPass),
            _ => None,
        };
        alias
            .or_else(|| {
                Some(match camel_case(name).as_str() {
                    "OnePassword" => Self::OnePassword,
                    "AwsSecretsManager" => Self::AwsSecretsManager,
                    "Bitwarden" => Self::Bitwarden,
                    "BitwardenSecretsManager" => Self::BitwardenSecretsManager,
                    "Doppler" => Self::Doppler,
                    "Enpass" => Self::Enpass,
                    "GcpSecretManager" => Self::GcpSecretManager,
                    "LastPass" => Self::LastPass,
                    "Passbolt" => Self::Passbolt,
                    "Test" => Self::Test,
                    _ => return None,
                })
            })
            .ok_or_else(|| RequestError::UnknownAdapter(name.to_owned()))
    }
}

/// `one_password` and `onePassword` → `OnePassword`, as Rails does it.
fn camel_case(name: &str) -> String {
    let mut result = String::new();
    for (position, part) in name.split('_').enumerate() {
        let (first, rest) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
        result.push_str(&first.to_ascii_uppercase());
        match position {
            0 => result.push_str(rest),
            _ => result.push_str(&rest.to_ascii_lowercase()),
        }
    }
    result
}

#[cfg(test)]
mod tests;
