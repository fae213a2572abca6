//! Google Cloud's Secret Manager, through `gcloud` (secrets-and-hooks §5.6).

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use dhow_redaction::Secret;

use super::{
    Client, Desk, FetchError, PasswordManager, Session,
    desk::{not_logged_in, not_read, read_json, read_list},
};
use crate::{Call, FetchRequest, Fetched};

const ACCESS: &str = "gcloud secrets versions access";
const NOT_LOGGED_IN: &str = "could not login to gcloud";

/// Padding is not needed to know where a value ends.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) struct GcpSecretManager;

/// One version of one secret.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    project: String,
    secret: String,
    version: String,
}

impl PasswordManager for GcpSecretManager {
    fn client(&self) -> Option<Client> {
        Some(Client::new("gcloud CLI", "gcloud", "--version"))
    }

    fn needs_account(&self) -> bool {
        true
    }

    fn log_in(&self, desk: &Desk<'_>, _: &str) -> Result<Session, FetchError> {
        if !anyone_is_logged_in(desk)? {
            let log_in = Call::new("gcloud", &["auth", "login"]);
            // Whether it worked, the list tells.
            desk.finish(&log_in, not_logged_in(NOT_LOGGED_IN))?;
            if !anyone_is_logged_in(desk)? {
                return Err(FetchError::NotLoggedIn {
                    text: NOT_LOGGED_IN,
                    source: None,
                });
            }
        }
        Ok(None)
    }

    fn read(
        &self,
        desk: &Desk<'_>,
        request: &FetchRequest,
        _: Option<&Secret>,
    ) -> Result<Fetched, FetchError> {
        let names = request.prefixed_names();
        if names.is_empty() {
            let text = "nothing to fetch: name secrets of Google Secret Manager";
            return Err(FetchError::Unclear(text.to_owned()));
        }
        let mut fetched = Fetched::default();
        for name in names {
            let place = Place::parse(&name)?;
            let shown = place.shown();
            let what = format!("{shown} from Google Secret Manager");
            let answer = desk.output(&place.call(request.account()), not_read(what))?;
            fetched.set(shown, Some(decode(&answer)?));
        }
        Ok(fetched)
    }
}

fn anyone_is_logged_in(desk: &Desk<'_>) -> Result<bool, FetchError> {
    let call = Call::new("gcloud", &["auth", "list", "--format=json"]);
    let answer = desk.output(&call, not_logged_in(NOT_LOGGED_IN))?;
    Ok(!read_list("gcloud auth list", &answer)?.is_empty())
}

impl Place {
    /// Reads `secret`, `project/secret` or `project/secret/version`.
    fn parse(name: &str) -> Result<Self, FetchError> {
        let segments: Vec<&str> = name.split('/').collect();
        let (project, secret, version) = match segments.as_slice() {
            [secret] => ("default", *secret, "latest"),
            [project, secret] => (*project, *secret, "latest"),
            [project, secret, version, ..] => (*project, *secret, *version),
            [] => ("", "", ""),
        };
        if [project, secret, version].contains(&"") {
            return Err(FetchError::Unclear(format!(
                "`{name}` names no secret of Google Secret Manager; write [project/]secret or \
                 project/secret/version"
            )));
        }
        Ok(Self {
            project: project.to_owned(),
            secret: secret.to_owned(),
            version: version.to_owned(),
        })
    }

    fn shown(&self) -> String {
        format!("{}/{}", self.project, self.secret)
    }

    /// `account` is `USER` or `USER|SERVICE_ACCOUNT,…`; the user `default` is gcloud's own.
    fn call(&self, account: &str) -> Call {
        let (user, impersonated) = match account.split_once('|') {
            Some((user, chain)) => (user, Some(chain)),
            None => (account, None),
        };
        let project = Some(&self.project).filter(|project| *project != "default");
        let user = Some(user).filter(|user| *user != "default");
        Call::new("gcloud", &["secrets", "versions", "access"])
            .word(&self.version)
            .word(format!("--secret={}", self.secret))
            .words(project.map(|project| format!("--project={project}")))
            .words(user.map(|user| format!("--account={user}")))
            .words(impersonated.map(|chain| format!("--impersonate-service-account={chain}")))
            .word("--format=json")
    }
}

/// The value in an answer. gcloud may write it in the alphabet of base64 that is safe in addresses.
fn decode(answer: &Secret) -> Result<Secret, FetchError> {
    let answer = read_json(ACCESS, answer)?;
    let unexpected = |expected| FetchError::Unexpected {
        program: ACCESS,
        expected,
    };
    let data = answer["payload"]["data"].as_str();
    let data = data.ok_or_else(|| unexpected("payload.data"))?;
    let plain: String = data
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .map(|character| match character {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let bytes = BASE64.decode(plain);
    let bytes = bytes.map_err(|_| unexpected("base64 in payload.data"))?;
    let text = String::from_utf8(bytes);
    text.map(Secret::new)
        .map_err(|_| unexpected("text in payload.data"))
}
