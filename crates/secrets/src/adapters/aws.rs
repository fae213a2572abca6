//! AWS Secrets Manager, through `aws` (secrets-and-hooks §5.5).

use dhow_redaction::Secret;

use super::{
    Client, Desk, FetchError, PasswordManager,
    desk::{not_read, read_json, text},
};
use crate::{
    Call, FetchRequest, Fetched,
    json::{self, Value},
};

const BATCH: &str = "aws secretsmanager batch-get-secret-value";

pub(super) struct AwsSecretsManager;

impl PasswordManager for AwsSecretsManager {
    fn client(&self) -> Option<Client> {
        Some(Client::new("AWS CLI", "aws", "--version"))
    }

    /// A profile may ask for the code of a second factor.
    fn asks_while_reading(&self) -> bool {
        true
    }

    fn read(
        &self,
        desk: &Desk<'_>,
        request: &FetchRequest,
        _: Option<&Secret>,
    ) -> Result<Fetched, FetchError> {
        let names = request.prefixed_names();
        if names.is_empty() {
            let text = "nothing to fetch: name secrets of AWS Secrets Manager";
            return Err(FetchError::Unclear(text.to_owned()));
        }
        let call = Call::new(
            "aws",
            &[
                "secretsmanager",
                "batch-get-secret-value",
                "--secret-id-list",
            ],
        )
        .words(&names)
        .option("--profile", request.account.as_deref())
        .words(["--output", "json"]);
        let what = format!("{} from AWS Secrets Manager", names.join(", "));
        let answer = desk.output(&call, not_read(what))?;
        let answer = read_json(BATCH, &answer)?;
        refused(&answer)?;
        let secrets = answer["SecretValues"].as_array();
        let secrets = secrets.ok_or(FetchError::Unexpected {
            program: BATCH,
            expected: "SecretValues",
        })?;
        let mut fetched = Fetched::default();
        for secret in secrets {
            take(secret, &mut fetched)?;
        }
        Ok(fetched)
    }
}

/// What AWS says of the secrets that it does not give.
fn refused(answer: &Value) -> Result<(), FetchError> {
    let errors = answer["Errors"].as_array().into_iter().flatten();
    let told: Vec<String> = errors
        .map(|error| {
            let part = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
            format!("{}: {}", part("SecretId"), part("Message"))
        })
        .collect();
    if told.is_empty() {
        Ok(())
    } else {
        Err(FetchError::Refused(told.join(" ")))
    }
}

/// A secret is an object of several values, or one value: as JSON, or as plain text.
fn take(secret: &Value, fetched: &mut Fetched) -> Result<(), FetchError> {
    let name = text(BATCH, secret, "Name")?;
    let Some(value) = secret["SecretString"].as_str() else {
        return Err(FetchError::Refused(format!(
            "the secret {name} of AWS Secrets Manager holds no text"
        )));
    };
    let value = Secret::new(value);
    if let Some(members) = json::members(&value) {
        for (member, value) in members {
            fetched.set(format!("{name}/{member}"), Some(as_text(&value)));
        }
    } else {
        let text = json::parse(&value).map_or(value, |value| as_text(&value));
        fetched.set(name, Some(text));
    }
    Ok(())
}

/// A string as it is, everything else as JSON, null as well.
fn as_text(value: &Value) -> Secret {
    json::secret(value).unwrap_or_else(|| Secret::new("null"))
}
