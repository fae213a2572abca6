//! What hosts answer, and which hosts a command is about.

use dhow_config::{Loaded, Sources, load};
use dhow_names::Host;
use dhow_plan::{
    checks,
    facts::{Answer, Facts, Inquiry},
    rollback,
};
use dhow_roles::{Fleet, Selection};

use crate::{SEPARATOR, parts};

/// Two roles on two hosts and an accessory, so that every question is asked.
const DEPLOY_FILE: &str = "
service: shop
image: acme/shop
servers: {web: [192.0.2.1, 192.0.2.2], jobs: {hosts: [192.0.2.1], cmd: bin/jobs}}
registry: {username: acme, password: [REGISTRY_PASSWORD]}
builder: {arch: amd64}
accessories: {db: {image: postgres, host: 192.0.2.1}}
";

fn loaded() -> Loaded {
    load(&Sources::of_text(DEPLOY_FILE, None), None).expect("the deploy file above is right")
}

/// What both hosts answer to each question: standard output, standard error, or an exit code. Whatever is read
/// from it can be judged.
pub(crate) fn host_answers(data: &[u8]) {
    let Some([text]) = parts(data) else {
        return;
    };
    let loaded = loaded();
    let everything = Selection::default();
    let fleet = Fleet::select(&loaded.config, &everything).expect("there are hosts");
    let mut said = text.split(SEPARATOR);
    let mut facts = Facts::default();
    for host in fleet.hosts() {
        let inquiry = Inquiry::about(&fleet, host);
        // More answers than questions are no harm.
        let answers: Vec<Answer> = (0..16).map(|_| answer(said.next())).collect();
        match inquiry.read(&answers) {
            Ok(known) => drop(facts.0.insert(Host::clone(host), known)),
            Err(error) => drop(error.to_string()),
        }
    }
    checks::unfit_hosts(&fleet, &facts);
    checks::outdated_proxies(&fleet, &facts);
    checks::other_architectures(&fleet, &facts, &["amd64".to_owned()]);
    drop(rollback::choose(&fleet, &facts, None));
}

fn answer(said: Option<&str>) -> Answer {
    let said = said.unwrap_or_default();
    match said.parse() {
        Ok(exit_code) => Answer {
            exit_code,
            output: String::new(),
            errors: said.to_owned(),
        },
        Err(_) => Answer {
            exit_code: 0,
            output: said.to_owned(),
            errors: String::new(),
        },
    }
}

/// `--hosts` and `--roles`: patterns, and a name that they are held against.
pub(crate) fn selection(data: &[u8]) {
    let Some([hosts, roles, name]) = parts(data) else {
        return;
    };
    let Ok(selection) = Selection::parse(Some(hosts), Some(roles), false) else {
        return;
    };
    for pattern in selection.hosts.iter().chain(&selection.roles).flatten() {
        pattern.matches(name);
    }
    let loaded = loaded();
    if let Err(error) = Fleet::select(&loaded.config, &selection) {
        drop(error.to_string());
    }
}

/// What a host sends on both streams while a script runs. A `@` stands for the word that marks the steps, which a
/// bad host knows.
#[cfg(fuzzing)]
pub(crate) fn script_output(data: &[u8]) {
    let Some(middle) = data.iter().position(|byte| *byte == 0x1e) else {
        return;
    };
    dhow_ssh_exec::fuzzing::follow(&data[..middle], &data[middle + 1..], b'@');
}
