//! `LastPass`, through `lpass` (secrets-and-hooks §5.4).

use dhow_redaction::Secret;

use super::{
    Client, Desk, FetchError, PasswordManager, Session,
    desk::{not_logged_in, not_read, read_list, ruby_list, text},
};
use crate::{Call, FetchRequest, Fetched, json};

const SHOW: &str = "lpass show";

pub(super) struct LastPass;

impl PasswordManager for LastPass {
    fn client(&self) -> Option<Client> {
        Some(Client::new("LastPass CLI", "lpass", "--version"))
    }

    fn needs_account(&self) -> bool {
        true
    }

    /// An item may be set to ask for the master password again.
    fn asks_while_reading(&self) -> bool {
        true
    }

    fn log_in(&self, desk: &Desk<'_>, account: &str) -> Result<Session, FetchError> {
        const FAILED: &str = "Failed to login to LastPass";
        let status = Call::new("lpass", &["status", "--color", "never"]);
        let status = desk.finish(&status, not_logged_in(FAILED))?.output;
        let expected = format!("Logged in as {account}.");
        if status.is_some_and(|status| status.expose().trim() == expected) {
            return Ok(None);
        }
        let log_in = Call::new("lpass", &["login"]).word(account);
        desk.output(&log_in, not_logged_in(FAILED))?;
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
            let text = "nothing to fetch: name items of LastPass";
            return Err(FetchError::Unclear(text.to_owned()));
        }
        let call = Call::new("lpass", &["show"]).words(&names).word("--json");
        let what = format!("{} from LastPass", ruby_list(&names));
        let answer = desk.output(&call, not_read(what))?;
        let mut fetched = Fetched::default();
        for item in read_list(SHOW, &answer)? {
            let name = text(SHOW, &item, "fullname")?;
            fetched.add(name, json::secret(&item["password"]))?;
        }
        let known = |name: &String| fetched.iter().any(|(known, _)| known == name);
        let missing: Vec<String> = names.into_iter().filter(|name| !known(name)).collect();
        if missing.is_empty() {
            Ok(fetched)
        } else {
            let missing = missing.join(", ");
            Err(FetchError::NotFound(format!("{missing} in LastPass")))
        }
    }
}
