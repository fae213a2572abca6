//! Enpass, through `enpass-cli` (secrets-and-hooks §5.8). `--from` is the folder of the vault.

use dhow_redaction::Secret;

use super::{
    Client, Desk, FetchError, PasswordManager,
    desk::{not_read, read_list},
};
use crate::{Call, FetchRequest, Fetched, json};

const SHOW: &str = "enpass-cli show";

pub(super) struct Enpass;

impl PasswordManager for Enpass {
    fn client(&self) -> Option<Client> {
        Some(Client::new("Enpass CLI", "enpass-cli", "version"))
    }

    /// There is no session: it asks for the vault's password each time.
    fn asks_while_reading(&self) -> bool {
        true
    }

    fn read(
        &self,
        desk: &Desk<'_>,
        request: &FetchRequest,
        _: Option<&Secret>,
    ) -> Result<Fetched, FetchError> {
        let Some(vault) = request
            .from
            .as_deref()
            .filter(|_| !request.names.is_empty())
        else {
            let text =
                "nothing to fetch: name items of Enpass, and the folder of the vault with --from";
            return Err(FetchError::Unclear(text.to_owned()));
        };
        let call = Call::new("enpass-cli", &["-json", "-vault"])
            .word(vault)
            .word("show")
            .words(titles(&request.names));
        let what = format!("{} from Enpass", request.names.join(", "));
        let finished = desk.finish(&call, not_read(what.clone()))?;
        // Its exit code says nothing as long as there is an answer.
        let answer = finished.output.as_ref();
        let list = match answer.and_then(|answer| read_list(SHOW, answer).ok()) {
            Some(list) => list,
            None => read_list(SHOW, &finished.into_output().map_err(not_read(what))?)?,
        };
        let mut fetched = Fetched::default();
        for item in &list {
            take(item, &request.names, &mut fetched)?;
        }
        Ok(fetched)
    }
}

/// The titles of the items: what stands before the last slash, or the whole name, each once.
fn titles(names: &[String]) -> Vec<&str> {
    let mut titles: Vec<&str> = Vec::new();
    for name in names {
        let title = match name.rsplit_once('/') {
            Some((title, _)) if !title.is_empty() => title,
            Some((_, label)) => label,
            None => name,
        };
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    titles
}

/// Takes an item if it was asked for, by its title or by title and label.
fn take(item: &json::Value, names: &[String], fetched: &mut Fetched) -> Result<(), FetchError> {
    let part = |member: &str| item[member].as_str().filter(|text| !text.trim().is_empty());
    let (Some(title), Some(_)) = (part("title"), part("password")) else {
        return Ok(());
    };
    let key = match part("label") {
        Some(label) => format!("{title}/{label}"),
        None => title.to_owned(),
    };
    if !names.iter().any(|name| name == title || *name == key) {
        return Ok(());
    }
    if fetched.get(&key).is_some() {
        return Err(FetchError::Twice(key));
    }
    fetched.set(key, json::secret(&item["password"]));
    Ok(())
}
