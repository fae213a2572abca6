//! Bitwarden, through `bw` (secrets-and-hooks §5.2).

use dhow_redaction::Secret;

use super::{
    Client, Desk, FetchError, PasswordManager, Session,
    desk::{not_logged_in, not_read, read_json},
};
use crate::{
    Call, FetchRequest, Fetched,
    json::{self, Value},
};

const LOG_IN_FAILED: &str = "Failed to login to and unlock Bitwarden";

pub(super) struct Bitwarden;

/// What is wanted of one item: its password, or these fields.
#[derive(Debug, PartialEq, Eq)]
struct Item {
    name: String,
    password: bool,
    fields: Vec<String>,
}

impl PasswordManager for Bitwarden {
    fn client(&self) -> Option<Client> {
        Some(Client::new("Bitwarden CLI", "bw", "--version"))
    }

    fn needs_account(&self) -> bool {
        true
    }

    fn log_in(&self, desk: &Desk<'_>, account: &str) -> Result<Session, FetchError> {
        let mut session = None;
        let mut status = status(desk, None)?;
        if status == "unauthenticated" {
            let log_in = Call::new("bw", &["login"]).word(account);
            // What it prints is for a person; whether it worked, the status tells.
            desk.finish(&log_in, not_logged_in(LOG_IN_FAILED))?;
            status = self::status(desk, None)?;
        }
        if status == "locked" {
            let unlock = Call::new("bw", &["unlock", "--raw"]);
            let unlocked = desk.finish(&unlock, not_logged_in(LOG_IN_FAILED))?;
            session = unlocked
                .output
                .map(|output| Secret::new(output.expose().trim()))
                .filter(|session| !session.is_empty());
            status = self::status(desk, session.as_ref())?;
        }
        if status != "unlocked" {
            return Err(FetchError::NotLoggedIn {
                text: LOG_IN_FAILED,
                source: None,
            });
        }
        let sync = with_session(Call::new("bw", &["sync"]), session.as_ref());
        desk.output(&sync, not_logged_in("Failed to sync Bitwarden"))?;
        Ok(session)
    }

    fn read(
        &self,
        desk: &Desk<'_>,
        request: &FetchRequest,
        session: Option<&Secret>,
    ) -> Result<Fetched, FetchError> {
        let mut fetched = Fetched::default();
        for item in items(request)? {
            let call = Call::new("bw", &["get", "item"]).word(&item.name);
            let call = with_session(call, session);
            let what = format!("{} from Bitwarden", item.name);
            let answer = desk.output(&call, not_read(what))?;
            item.take(&read_json("bw get item", &answer)?, &mut fetched)?;
        }
        Ok(fetched)
    }
}

fn with_session(call: Call, session: Option<&Secret>) -> Call {
    call.variable("BW_SESSION", session)
}

fn status(desk: &Desk<'_>, session: Option<&Secret>) -> Result<String, FetchError> {
    let call = with_session(Call::new("bw", &["status"]), session);
    let answer = desk.output(&call, not_logged_in(LOG_IN_FAILED))?;
    let answer = read_json("bw status", &answer)?;
    Ok(super::desk::text("bw status", &answer, "status")?.to_owned())
}

impl Item {
    fn take(&self, answer: &Value, fetched: &mut Fetched) -> Result<(), FetchError> {
        if self.password {
            self.take_password(answer, fetched)?;
        }
        for field in &self.fields {
            let mut known = answer["fields"].as_array().into_iter().flatten();
            let Some(known) = known.find(|known| known["name"] == field.as_str()) else {
                return Err(FetchError::NotFound(format!(
                    "field {field} in item {} in Bitwarden",
                    self.name
                )));
            };
            self.take_field(field, known, fetched);
        }
        Ok(())
    }

    /// The password of a log-in, or every field of an item of another kind.
    fn take_password(&self, answer: &Value, fetched: &mut Fetched) -> Result<(), FetchError> {
        let password = json::secret(&answer["login"]["password"]);
        if password.is_some() {
            fetched.set(&self.name, password);
            return Ok(());
        }
        match answer["fields"].as_array().map(Vec::as_slice) {
            None | Some([]) => Err(FetchError::Refused(format!(
                "Item {} is not a login type item and no fields were specified",
                self.name
            ))),
            Some(fields) => {
                for field in fields {
                    if let Some(name) = field["name"].as_str() {
                        self.take_field(name, field, fetched);
                    }
                }
                Ok(())
            }
        }
    }

    fn take_field(&self, name: &str, field: &Value, fetched: &mut Fetched) {
        fetched.set(
            format!("{}/{name}", self.name),
            json::secret(&field["value"]),
        );
    }
}

fn items(request: &FetchRequest) -> Result<Vec<Item>, FetchError> {
    let mut items: Vec<Item> = Vec::new();
    for name in request.prefixed_names() {
        let mut segments = name.split('/');
        let item = segments.next().unwrap_or_default().to_owned();
        let field = segments.next().map(str::to_owned);
        let at = items.iter().position(|known| known.name == item);
        let at = at.unwrap_or_else(|| {
            items.push(Item {
                name: item,
                password: false,
                fields: Vec::new(),
            });
            items.len() - 1
        });
        match field {
            Some(field) => items[at].fields.push(field),
            None => items[at].password = true,
        }
    }
    if items.is_empty() {
        let text = "nothing to fetch: name items of Bitwarden, each as item or item/field";
        return Err(FetchError::Unclear(text.to_owned()));
    }
    Ok(items)
}
