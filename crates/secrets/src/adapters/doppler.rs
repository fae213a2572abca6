//! Doppler, through `doppler` (secrets-and-hooks §5.7).

use dhow_redaction::Secret;

use super::{
    Client, Desk, FetchError, PasswordManager, Session,
    desk::{not_logged_in, not_read, read_json, ruby_list},
};
use crate::{Call, FetchRequest, Fetched, json};

const GET: &str = "doppler secrets get";

/// How a token begins that belongs to one config of one project.
const SERVICE_TOKEN: &str = "dp.st";

pub(super) struct Doppler;

impl PasswordManager for Doppler {
    fn client(&self) -> Option<Client> {
        Some(Client::new("Doppler CLI", "doppler", "--version"))
    }

    fn log_in(&self, desk: &Desk<'_>, _: &str) -> Result<Session, FetchError> {
        let me = Call::new("doppler", &["me", "--json"]).silently();
        if !desk.succeeds(&me)? {
            let log_in = Call::new("doppler", &["login", "-y"]);
            desk.output(&log_in, not_logged_in("Failed to login to Doppler"))?;
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
            let text = "nothing to fetch: name secrets of Doppler";
            return Err(FetchError::Unclear(text.to_owned()));
        }
        let last = |name: &String| name.rsplit('/').next().unwrap_or_default().to_owned();
        let call = Call::new("doppler", &["secrets", "get"])
            .words(names.iter().map(last))
            .word("--json");
        let token = desk.environment.get("DOPPLER_TOKEN");
        let call = if token.is_some_and(|token| token.starts_with(SERVICE_TOKEN)) {
            call
        } else {
            let (project, config) = project_and_config(&names)?;
            call.option("-p", Some(project)).option("-c", Some(config))
        };
        let what = format!("{} from Doppler", ruby_list(&names));
        let answer = desk.output(&call, not_read(what))?;
        read_json(GET, &answer)?;
        let members = json::members(&answer).ok_or(FetchError::Unexpected {
            program: GET,
            expected: "object",
        })?;
        let mut fetched = Fetched::default();
        for (name, value) in members {
            fetched.set(name, json::secret(&value["computed"]));
        }
        Ok(fetched)
    }
}

/// What the first name begins with. One call reads one config, so the others must begin with the same.
fn project_and_config(names: &[String]) -> Result<(&str, &str), FetchError> {
    let begin = |name: &'_ String| -> Option<(usize, usize)> {
        let project = name.find('/')?;
        let config = project + 1 + name[project + 1..].find('/')?;
        (project > 0 && config > project + 1).then_some((project, config))
    };
    let Some((project, config)) = names.first().and_then(begin) else {
        let text = "Missing project or config from '--from=project/config' option";
        return Err(FetchError::Unclear(text.to_owned()));
    };
    let first = &names[0];
    if let Some(other) = names
        .iter()
        .find(|name| !name.starts_with(&first[..=config]))
    {
        return Err(FetchError::Unclear(format!(
            "{other} is not in the same project and config as {first}; fetch them one after the other"
        )));
    }
    Ok((&first[..project], &first[project + 1..config]))
}
