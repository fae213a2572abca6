//! 1Password, through `op` (secrets-and-hooks §5.1).

use dhow_redaction::Secret;

use super::{
    Client, Desk, FetchError, PasswordManager, Session,
    desk::{not_logged_in, not_read, read_json, text},
};
use crate::{
    Call, FetchRequest, Fetched,
    json::{self, Value},
};

const GET: &str = "op item get";

pub(super) struct OnePassword;

/// The fields that are wanted of one item; none means all.
#[derive(Debug, PartialEq, Eq)]
struct Item {
    vault: String,
    name: String,
    fields: Vec<String>,
}

impl PasswordManager for OnePassword {
    fn client(&self) -> Option<Client> {
        Some(Client::new("1Password CLI", "op", "--version"))
    }

    fn needs_account(&self) -> bool {
        true
    }

    fn log_in(&self, desk: &Desk<'_>, account: &str) -> Result<Session, FetchError> {
        let known = Call::new("op", &["account", "get", "--account"]).word(account);
        if desk.succeeds(&known.silently())? {
            return Ok(None);
        }
        let sign_in = Call::new("op", &["signin", "--account"])
            .word(account)
            .words(["--force", "--raw"]);
        let token = desk.output(&sign_in, not_logged_in("Failed to login to 1Password"))?;
        let token = Secret::new(token.expose().trim());
        Ok(Some(token).filter(|token| !token.is_empty()))
    }

    fn read(
        &self,
        desk: &Desk<'_>,
        request: &FetchRequest,
        session: Option<&Secret>,
    ) -> Result<Fetched, FetchError> {
        let mut fetched = Fetched::default();
        for item in items(request)? {
            let call = item.call(request.account(), session);
            let answer = desk.output(&call, not_read(item.shown()))?;
            let answer = read_json(GET, &answer)?;
            for field in item.fields_in(&answer)? {
                // A reference has the form `op://vault/item/field` or `op://vault/item/section/field`.
                let reference = match text(GET, field, "reference") {
                    // Among all fields there may be some that nothing can refer to.
                    Err(_) if item.fields.is_empty() => continue,
                    reference => reference?,
                };
                let name = reference.strip_prefix("op://").unwrap_or(reference);
                let name = name.strip_suffix("/password").unwrap_or(name);
                fetched.set(name, json::secret(&field["value"]));
            }
        }
        Ok(fetched)
    }
}

impl Item {
    fn parse(name: &str) -> Result<Self, FetchError> {
        let mut segments = name.strip_prefix("op://").unwrap_or(name).split('/');
        let mut next = || segments.next().filter(|segment| !segment.is_empty());
        let (Some(vault), Some(item)) = (next(), next()) else {
            return Err(FetchError::Unclear(format!(
                "`{name}` names no item of 1Password; write [op://]vault/item[/section][/field] or give --from \
                 vault/item"
            )));
        };
        let field: Vec<&str> = segments.filter(|segment| !segment.is_empty()).collect();
        Ok(Self {
            vault: vault.to_owned(),
            name: item.to_owned(),
            fields: vec![field.join(".")],
        })
    }

    fn call(&self, account: &str, session: Option<&Secret>) -> Call {
        let mut call = Call::new("op", &["item", "get"])
            .word(&self.name)
            .option("--vault", Some(&self.vault))
            .words(["--format", "json"])
            .option("--account", Some(account))
            .option("--session", session.map(Secret::expose));
        if !self.fields.is_empty() {
            let labels: Vec<String> = self
                .fields
                .iter()
                .map(|field| format!("label={field}"))
                .collect();
            call = call.word("--fields").word(labels.join(","));
        }
        call
    }

    fn shown(&self) -> String {
        let fields = match self.fields.as_slice() {
            [] => String::new(),
            fields => format!("{} ", fields.join(", ")),
        };
        format!(
            "{fields}from {} in the {} 1Password vault",
            self.name, self.vault
        )
    }

    /// `op` answers with one object for one field, with a list for several, and with the item for all.
    fn fields_in<'json>(&self, answer: &'json Value) -> Result<Vec<&'json Value>, FetchError> {
        let list = match self.fields.len() {
            0 => answer["fields"].as_array(),
            1 if answer.is_object() => return Ok(vec![answer]),
            _ => answer.as_array(),
        };
        let list = list.ok_or(FetchError::Unexpected {
            program: GET,
            expected: "fields",
        })?;
        Ok(list.iter().collect())
    }
}

/// The items to ask for, each with all that is wanted of it.
fn items(request: &FetchRequest) -> Result<Vec<Item>, FetchError> {
    if request.names.is_empty() {
        let Some(from) = &request.from else {
            return Err(FetchError::Unclear(
                "nothing to fetch: name secrets, or an item of 1Password with --from vault/item"
                    .to_owned(),
            ));
        };
        let item = Item::parse(from)?;
        return Ok(vec![Item {
            fields: Vec::new(),
            ..item
        }]);
    }
    let mut items: Vec<Item> = Vec::new();
    for name in request.prefixed_names() {
        let mut wanted = Item::parse(&name)?;
        for field in &mut wanted.fields {
            if field.is_empty() {
                field.push_str("password");
            }
        }
        let same = |item: &&mut Item| item.vault == wanted.vault && item.name == wanted.name;
        match items.iter_mut().find(same) {
            Some(item) => item.fields.append(&mut wanted.fields),
            None => items.push(wanted),
        }
    }
    // Kamal asks vault by vault.
    let vaults: Vec<String> = items.iter().map(|item| item.vault.clone()).collect();
    items.sort_by_key(|item| vaults.iter().position(|vault| *vault == item.vault));
    Ok(items)
}
