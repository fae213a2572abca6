//! No plan shows a secret, whatever it is made of and however it is printed.

use dhow_docker::app::{Attached, Exec};
use dhow_plan::{
    Plan, Suffixes, Work,
    recipe::{
        app::{self, In},
        deploy::Kind,
        proxy, remove,
    },
};
use proptest::prelude::*;

use crate::scenario::{Scenario, plan};

const EVERYTHING: &str = "
servers:
  web: [10.0.0.1, 10.0.0.2]
  jobs: {hosts: [10.0.0.3], env: {secret: [JOBS_KEY]}}
env: {secret: [RAILS_MASTER_KEY]}
accessories:
  db: {image: 'mysql:8', host: 10.0.0.9, env: {secret: [DB_KEY]}, files: ['a:/a']}
";

fn everything(secret: &str) -> Scenario {
    let lines: Vec<String> = [
        "REGISTRY_PASSWORD",
        "RAILS_MASTER_KEY",
        "JOBS_KEY",
        "DB_KEY",
    ]
    .iter()
    .map(|name| format!("{name}='{secret}{name}'\n"))
    .collect();
    plan(EVERYTHING)
        .secrets(&lines.concat())
        .file("db", "/a", secret)
        .running("web", "10.0.0.1", "2222222")
        .running("web", "10.0.0.2", "1111111")
}

fn plans(scenario: &Scenario) -> Vec<Plan> {
    let kinds = [Kind::Setup, Kind::Deploy, Kind::Redeploy, Kind::Rollback];
    let mut plans: Vec<Plan> = kinds.map(|kind| scenario.deploy(kind)).into();
    plans.push(scenario.settled(|settled, _| proxy::reboot(settled, &proxy::Routes::new(), true)));
    plans.push(scenario.settled(remove::remove));
    let exec = Exec {
        command: "env".to_owned(),
        env: Vec::new(),
        attached: Attached::Nothing,
    };
    let work = scenario.settled(|settled, facts| {
        let image = settled.repository.latest();
        let place = In::New {
            image,
            detach: false,
        };
        app::exec(settled, facts, &exec, &place, &mut Suffixes::from_seed(1))
    });
    let mut plan = Plan::default();
    plan.add(dhow_plan::Phase::on_hosts("exec", work));
    plans.push(plan);
    plans
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_secret_is_shown_and_none_is_an_argument(marker in "[A-Za-z0-9$ \"#%]{6,12}") {
        let secret = format!("<{marker}>");
        let scenario = everything(&secret);
        let mut delivered = 0;
        for plan in plans(&scenario) {
            prop_assert!(!plan.to_string().contains(&secret));
            let debugged = format!("{plan:?}");
            prop_assert!(!debugged.contains(&secret));
            let hosts = plan.phases.iter().filter_map(|phase| match &phase.work {
                Work::Hosts(hosts) => Some(hosts),
                Work::Local(_) => None,
            });
            let blocks = hosts.flatten().flat_map(|work| &work.blocks);
            for step in blocks.flat_map(|block| block.steps.iter().chain(&block.rescue)) {
                prop_assert!(!step.command.exposed().contains(&secret), "{}", step.title);
                let input = step.input.as_ref().map(dhow_plan::Content::expose).unwrap_or_default();
                delivered += usize::from(String::from_utf8_lossy(input).contains(&secret));
            }
        }
        prop_assert!(delivered > 20, "the secrets must be delivered at all: {}", delivered);
        let needs = format!("{:?}", scenario.needs());
        prop_assert!(!needs.contains(&secret));
    }
}
