//! Bitwarden Secrets Manager, through `bws` (secrets-and-hooks §5.3). The token is in the environment.

use dhow_redaction::Secret;

use super::{
    Client, Desk, FetchError, PasswordManager, Session,
    desk::{not_logged_in, not_read, read_json, read_list, text},
};
use crate::{
    Call, FetchRequest, Fetched,
    json::{self, Value},
};

const NOT_LOGGED_IN: &str =
    "Could not authenticate to Bitwarden Secrets Manager. Did you set a valid access token?";
const GET: &str = "bws secret get";
const LIST: &str = "bws secret list";

pub(super) struct BitwardenSecretsManager;

impl PasswordManager for BitwardenSecretsManager {
    fn client(&self) -> Option<Client> {
        Some(Client::new(
            "Bitwarden Secrets Manager CLI",
            "bws",
            "--version",
        ))
    }

    fn log_in(&self, desk: &Desk<'_>, _: &str) -> Result<Session, FetchError> {
        let call = Call::new("bws", &["project", "list"]);
        desk.output(&call, not_logged_in(NOT_LOGGED_IN))?;
        Ok(None)
    }

    fn read(
        &self,
        desk: &Desk<'_>,
        request: &FetchRequest,
        _: Option<&Secret>,
    ) -> Result<Fetched, FetchError> {
        let names = request.prefixed_names();
        let mut fetched = Fetched::default();
        match names.as_slice() {
            [] => {
                let text = "You must specify what to retrieve from Bitwarden Secrets Manager";
                Err(FetchError::Unclear(text.to_owned()))
            }
            [all] if all == "all" => list(desk, None, &mut fetched),
            [all] if all.ends_with("/all") => list(desk, all.strip_suffix("/all"), &mut fetched),
            identifiers => get(desk, identifiers, &mut fetched),
        }?;
        Ok(fetched)
    }
}

fn list(desk: &Desk<'_>, project: Option<&str>, fetched: &mut Fetched) -> Result<(), FetchError> {
    let call = Call::new("bws", &["secret", "list"]).words(project);
    let what = "secrets from Bitwarden Secrets Manager".to_owned();
    let answer = desk.output(&call, not_read(what))?;
    for secret in read_list(LIST, &answer)? {
        take(LIST, &secret, fetched)?;
    }
    Ok(())
}

fn get(desk: &Desk<'_>, identifiers: &[String], fetched: &mut Fetched) -> Result<(), FetchError> {
    for identifier in identifiers {
        let call = Call::new("bws", &["secret", "get"]).word(identifier);
        let what = format!("{identifier} from Bitwarden Secrets Manager");
        let answer = desk.output(&call, not_read(what))?;
        take(GET, &read_json(GET, &answer)?, fetched)?;
    }
    Ok(())
}

fn take(program: &'static str, secret: &Value, fetched: &mut Fetched) -> Result<(), FetchError> {
    fetched.add(
        text(program, secret, "key")?,
        json::secret(&secret["value"]),
    )
}
