//! Passbolt, through `passbolt` (secrets-and-hooks §5.9).

use std::collections::BTreeMap;

use dhow_redaction::Secret;

use super::{
    Client, Desk, FetchError, PasswordManager, Session,
    desk::{not_logged_in, not_read, read_list, ruby_list, text},
};
use crate::{
    Call, FetchRequest, Fetched,
    json::{self, Value},
};

const FOLDERS: &str = "passbolt list folders";
const RESOURCES: &str = "passbolt list resources";

pub(super) struct Passbolt;

impl PasswordManager for Passbolt {
    fn client(&self) -> Option<Client> {
        Some(Client::new("Passbolt CLI", "passbolt", "--version"))
    }

    /// Without a stored password it asks for it at each call.
    fn asks_while_reading(&self) -> bool {
        true
    }

    fn log_in(&self, desk: &Desk<'_>, _: &str) -> Result<Session, FetchError> {
        let verify = Call::new("passbolt", &["verify"]);
        desk.output(&verify, not_logged_in("Failed to login to Passbolt"))?;
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
            return Err(FetchError::Unclear("No secrets given to fetch".to_owned()));
        }
        let resources: Vec<Resource<'_>> = names.iter().map(|name| Resource::parse(name)).collect();
        let folders = Folders::find(desk, &resources)?;
        let call = folders.resources_call(&resources);
        let what = format!("{} from Passbolt", ruby_list(&names));
        let answer = desk.output(&call, not_read(what))?;
        take(&read_list(RESOURCES, &answer)?, &resources)
    }
}

/// A name, cut into its folders and the resource in the last one.
struct Resource<'name> {
    folders: Vec<&'name str>,
    name: &'name str,
}

impl<'name> Resource<'name> {
    fn parse(text: &'name str) -> Self {
        let mut folders: Vec<&str> = text.split('/').collect();
        let name = folders.pop().unwrap_or_default();
        Self { folders, name }
    }
}

/// The folders that names lead through: their paths with their identifiers, and these in the order found.
#[derive(Default)]
struct Folders {
    identifiers: BTreeMap<String, String>,
    order: Vec<String>,
}

impl Folders {
    fn find(desk: &Desk<'_>, resources: &[Resource<'_>]) -> Result<Self, FetchError> {
        let mut paths: Vec<&[&str]> = Vec::new();
        for resource in resources {
            if !resource.folders.is_empty() && !paths.contains(&resource.folders.as_slice()) {
                paths.push(&resource.folders);
            }
        }
        let mut folders = Self::default();
        if paths.is_empty() {
            return Ok(folders);
        }
        folders.find_top(desk, &paths)?;
        for path in &paths {
            folders.find_nested(desk, path)?;
        }
        let missing: Vec<String> = paths
            .iter()
            .map(|path| path.join("/"))
            .filter(|path| !folders.identifiers.contains_key(path))
            .collect();
        if missing.is_empty() {
            return Ok(folders);
        }
        let missing = missing.join(", ");
        Err(FetchError::NotFound(format!(
            "the following folders in Passbolt: {missing}"
        )))
    }

    /// One question for all folders that the paths begin with.
    fn find_top(&mut self, desk: &Desk<'_>, paths: &[&[&str]]) -> Result<(), FetchError> {
        let mut tops: Vec<&str> = Vec::new();
        for path in paths {
            if !tops.contains(&path[0]) {
                tops.push(path[0]);
            }
        }
        let conditions: Vec<String> = tops.iter().map(|top| is("Name", top)).collect();
        let found = ask(desk, &conditions.join(" || "))?;
        for top in tops {
            let same_name = |folder: &&Value| folder["name"] == top;
            let at_the_root = |folder: &&Value| {
                folder["folder_parent_id"]
                    .as_str()
                    .is_none_or(str::is_empty)
            };
            let folder = found
                .iter()
                .filter(same_name)
                .find(at_the_root)
                .or_else(|| found.iter().find(same_name));
            self.add(top.to_owned(), folder)?;
        }
        Ok(())
    }

    /// A question for each level below the first.
    fn find_nested(&mut self, desk: &Desk<'_>, path: &[&str]) -> Result<(), FetchError> {
        for depth in 1..path.len() {
            let Some(parent) = self.identifiers.get(&path[..depth].join("/")) else {
                return Ok(());
            };
            let whole = path[..=depth].join("/");
            if !self.identifiers.contains_key(&whole) {
                let filter = format!(
                    "{} && {}",
                    is("Name", path[depth]),
                    is("FolderParentID", parent)
                );
                let found = ask(desk, &filter)?;
                self.add(whole, found.first())?;
            }
        }
        Ok(())
    }

    fn add(&mut self, path: String, folder: Option<&Value>) -> Result<(), FetchError> {
        if let Some(folder) = folder {
            let identifier = text(FOLDERS, folder, "id")?.to_owned();
            self.order.push(identifier.clone());
            self.identifiers.insert(path, identifier);
        }
        Ok(())
    }

    fn resources_call(&self, resources: &[Resource<'_>]) -> Call {
        let conditions: Vec<String> = resources
            .iter()
            .map(|resource| {
                let name = is("Name", resource.name);
                match self.identifiers.get(&resource.folders.join("/")) {
                    Some(folder) => format!("({name} && {})", is("FolderParentID", folder)),
                    None => name,
                }
            })
            .collect();
        let mut call =
            Call::new("passbolt", &["list", "resources", "--filter"]).word(conditions.join(" || "));
        for folder in &self.order {
            call = call.option("--folder", Some(folder));
        }
        call.words(["--column", "name", "--column", "password", "--json"])
    }
}

fn ask(desk: &Desk<'_>, filter: &str) -> Result<Vec<Value>, FetchError> {
    let call = Call::new("passbolt", &["list", "folders", "--filter"])
        .word(filter)
        .word("--json");
    let answer = desk.output(&call, not_read("folders from Passbolt".to_owned()))?;
    read_list(FOLDERS, &answer)
}

/// A condition of a filter. Its texts are quoted as those of JSON are.
fn is(member: &str, text: &str) -> String {
    format!("{member} == {}", json::quoted(text))
}

fn take(items: &[Value], resources: &[Resource<'_>]) -> Result<Fetched, FetchError> {
    let mut fetched = Fetched::default();
    for item in items {
        let name = text(RESOURCES, item, "name")?;
        fetched.add(name, json::secret(&item["password"]))?;
    }
    let known = |name: &str| fetched.iter().any(|(known, _)| known == name);
    let mut missing: Vec<&str> = resources.iter().map(|resource| resource.name).collect();
    missing.retain(|name| !known(name));
    if missing.is_empty() {
        return Ok(fetched);
    }
    let missing = missing.join(", ");
    Err(FetchError::NotFound(format!(
        "the following secrets in Passbolt: {missing}"
    )))
}
