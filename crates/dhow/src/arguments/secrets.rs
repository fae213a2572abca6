//! `dhow secrets`.

use clap::Subcommand;
use dhow_redaction::Secret;

#[derive(Debug, Subcommand)]
pub(crate) enum Secrets {
    /// Fetch secrets from a password manager and print them as JSON
    Fetch {
        /// The secrets, in the words of the password manager
        #[arg(value_name = "SECRET")]
        names: Vec<String>,
        #[arg(
            short,
            long,
            value_name = "NAME",
            help = "The password manager: 1password, aws_secrets_manager, bitwarden, bitwarden-sm, doppler, \
                    enpass, gcp, lastpass, passbolt or test"
        )]
        adapter: String,
        /// The account to log in with
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<String>,
        /// What stands before each secret: a vault, an item, a folder, a project
        #[arg(long, value_name = "PLACE")]
        from: Option<String>,
        /// Print the JSON so that a secrets file can hand it on as one word
        #[arg(long, hide = true)]
        inline: bool,
    },
    /// Take one secret out of what a fetch printed
    Extract {
        /// The name of the secret, or what stands behind its last slash
        name: String,
        /// What the fetch printed
        #[arg(value_parser = secret)]
        json: Secret,
        #[arg(long, hide = true)]
        inline: bool,
    },
    /// Print all secrets of the secrets files, each as NAME=value
    Print,
}

impl Secrets {
    /// The word that was typed.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Fetch { .. } => "fetch",
            Self::Extract { .. } => "extract",
            Self::Print => "print",
        }
    }
}

/// Takes an argument into custody.
#[expect(clippy::unnecessary_wraps, reason = "clap asks for a result")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}
