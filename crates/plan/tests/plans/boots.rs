//! Groups, the barrier, stale containers and rescues (flows §4, §5).

use std::fmt::Write as _;

use dhow_plan::{Hook, LocalWork, OnFailure, OnInterrupt, Plan, Work, recipe::deploy::Kind};

use crate::scenario::{Scenario, commands, outline, plan};

const FIVE: &str = "
servers:
  web: [10.0.0.1, 10.0.0.2]
  jobs: {hosts: [10.0.0.1, 10.0.0.3, 10.0.0.4]}
accessories:
  db: {image: 'mysql:8', host: 10.0.0.9}
";

fn five(boot: &str) -> Scenario {
    plan(&format!("{FIVE}boot: {boot}\n"))
}

/// The hosts of each phase that boots, and what lies between.
fn groups(plan: &Plan) -> Vec<String> {
    let phases = plan.phases.iter().filter_map(|phase| match &phase.work {
        Work::Hosts(hosts) if phase.title.starts_with("Boot 2") => {
            let hosts: Vec<&str> = hosts.iter().map(|work| work.host.as_str()).collect();
            Some(hosts.join(" ").replace("10.0.0.", ""))
        }
        Work::Local(LocalWork::Wait(pause)) => Some(format!("{} s", pause.as_secs())),
        Work::Local(LocalWork::Hook(call)) if call.hook == Hook::PreAppBoot => {
            let hosts: Vec<&str> = call.hosts.iter().map(dhow_names::Host::as_str).collect();
            Some(format!("hook {}", hosts.join(" ").replace("10.0.0.", "")))
        }
        _ => None,
    });
    phases.collect()
}

#[test]
fn hosts_boot_in_groups_those_of_the_primary_role_first() {
    let table: [(&str, &[&str]); 5] = [
        ("{}", &["hook 1 2 3 4", "1 2 3 4"]),
        ("{limit: 3}", &["hook 1 2 3", "1 2 3", "hook 4", "4"]),
        (
            "{limit: 3, wait: 2}",
            &["hook 1 2 3", "1 2 3", "2 s", "hook 4", "4"],
        ),
        // Half of all five hosts, accessories included, is two.
        ("{limit: '50%'}", &["hook 1 2", "1 2", "hook 3 4", "3 4"]),
        (
            "{limit: '1%'}",
            &["hook 1", "1", "hook 2", "2", "hook 3", "3", "hook 4", "4"],
        ),
    ];
    for (boot, expected) in table {
        assert_eq!(groups(&five(boot).deploy(Kind::Deploy)), expected, "{boot}");
    }
}

#[test]
fn hosts_without_the_primary_role_wait_for_it() {
    insta::assert_snapshot!(outline(&five("{limit: 3, wait: 2}").deploy(Kind::Redeploy)), @r"
    Build 2222222
    Pull ghcr.io/acme/shop:2222222 on 4 hosts
      10.0.0.1
        log in to ghcr.io
        write the audit log
        pull the image
        check the image's service label
        check the image's architecture
      10.0.0.2
        log in to ghcr.io
        write the audit log
        pull the image
        check the image's service label
        check the image's architecture
      10.0.0.3
        log in to ghcr.io
        write the audit log
        pull the image
        check the image's service label
        check the image's architecture
      10.0.0.4
        log in to ghcr.io
        write the audit log
        pull the image
        check the image's service label
        check the image's architecture
    Run the pre-deploy hook
    Make hosts ready
      10.0.0.1
        make the network
      10.0.0.2
        make the network
      10.0.0.3
        make the network
      10.0.0.4
        make the network
    Run the pre-app-boot hook
    Boot 2222222 on 3 hosts, group 1 of 2
      10.0.0.1
        write the audit log
        write the secrets of web
        start web 2222222
        wait for web 2222222 and switch traffic to it
        ! last health probe
        ! container
        ! last 50 log lines
        ! stop web 2222222 unless it has traffic
        write the audit log
        write the secrets of jobs
        start jobs 2222222
        wait for jobs 2222222
        ! container
        ! last 50 log lines
        ! stop jobs 2222222
      10.0.0.2
        write the audit log
        write the secrets of web
        start web 2222222
        wait for web 2222222 and switch traffic to it
        ! last health probe
        ! container
        ! last 50 log lines
        ! stop web 2222222 unless it has traffic
      10.0.0.3 after web
        write the audit log
        write the secrets of jobs
        start jobs 2222222
        wait for jobs 2222222
        ! container
        ! last 50 log lines
        ! stop jobs 2222222
    Run the post-app-boot hook
    Wait 2 s before the next group
    Run the pre-app-boot hook
    Boot 2222222 on 1 host, group 2 of 2
      10.0.0.4 after web
        write the audit log
        write the secrets of jobs
        start jobs 2222222
        wait for jobs 2222222
        ! container
        ! last 50 log lines
        ! stop jobs 2222222
    Run the post-app-boot hook
    Tag the image
      10.0.0.1
        write the audit log
        tag the image as latest
      10.0.0.2
        write the audit log
        tag the image as latest
      10.0.0.3
        write the audit log
        tag the image as latest
      10.0.0.4
        write the audit log
        tag the image as latest
    Run the post-deploy hook
    ");
}

#[test]
fn roles_of_a_host_boot_at_once_where_the_file_says_so() {
    let plan = five("{parallel_roles: true}").deploy(Kind::Rollback);
    let outline = outline(&plan);
    let (_, boot) = outline.split_once("Boot 2222222 on 4 hosts\n").unwrap();
    let (boot, _) = boot.split_once("Run the post-app-boot hook").unwrap();
    let scripts = boot.lines().filter(|line| {
        let line = line.trim();
        line.starts_with("10.") || line.starts_with("start ")
    });
    insta::assert_snapshot!(scripts.collect::<Vec<_>>().join("\n"), @r"
      10.0.0.1
        start web 2222222
      10.0.0.1 after web
        start jobs 2222222
      10.0.0.2
        start web 2222222
      10.0.0.3 after web
        start jobs 2222222
      10.0.0.4 after web
        start jobs 2222222
    ");
}

#[test]
fn more_roles_than_a_connection_carries_at_once_share_scripts() {
    let roles = ["{hosts: [10.0.0.1]}"; 12].iter().enumerate();
    let roles: Vec<String> = roles.map(|(at, role)| format!("  r{at}: {role}")).collect();
    let scenario = plan(&format!(
        "servers:\n{}\nprimary_role: r0\nboot: {{parallel_roles: true}}\n",
        roles.join("\n")
    ));
    let plan = scenario.deploy(Kind::Rollback);
    let boot = plan.phases.iter().find_map(|phase| match &phase.work {
        Work::Hosts(hosts) if phase.title.starts_with("Boot") => Some(hosts),
        _ => None,
    });
    assert_eq!(boot.unwrap().len(), 6);
}

#[test]
fn a_selected_role_becomes_the_gatekeeper() {
    let plan = five("{}").select(None, Some("jobs")).deploy(Kind::Redeploy);
    let waiting = plan.phases.iter().filter(|phase| match &phase.work {
        Work::Hosts(hosts) => hosts
            .iter()
            .any(|work| work.start != dhow_plan::Start::AtOnce),
        Work::Local(_) => false,
    });
    assert_eq!(waiting.count(), 0);
    assert_eq!(groups(&plan), ["hook 1 3 4", "1 3 4"]);
}

#[test]
fn stale_containers_are_stopped_before_anything_boots() {
    let plan = plan("servers: {web: [10.0.0.1], web-2: {hosts: [10.0.0.1]}}\n")
        .container("web", "10.0.0.1", "0000000", "running")
        .container(
            "web",
            "10.0.0.1",
            "2222222_replaced_0123456789abcdef",
            "restarting",
        )
        .container("web", "10.0.0.1", "3333333", "exited")
        .container("web-2", "10.0.0.1", "1111111", "running")
        .running("web", "10.0.0.1", "1111111")
        .deploy(Kind::Deploy);
    let stale: Vec<&str> = plan.phases[2..]
        .iter()
        .take(2)
        .filter_map(|phase| match &phase.work {
            Work::Hosts(hosts) => Some(&hosts[0].blocks[0].steps),
            Work::Local(_) => None,
        })
        .flatten()
        .map(|step| step.title.as_str())
        .collect();
    assert_eq!(
        stale,
        [
            "stop stale shop-web-0000000",
            "stop stale shop-web-2222222_replaced_0123456789abcdef"
        ]
    );
}

#[test]
fn nothing_is_stale_while_it_is_not_known_what_is_current() {
    let mut scenario = plan("servers: [10.0.0.1]\n").running("web", "10.0.0.1", "1111111");
    scenario.host("10.0.0.1").current.clear();
    let sent = commands(&scenario.deploy(Kind::Deploy), "10.0.0.1").join("\n");
    assert!(!sent.contains("name=^shop-web-1111111$"), "{sent}");
}

#[test]
fn a_failed_boot_is_explained_and_stopped_but_never_what_ran_before() {
    let plan = plan("servers: {web: [10.0.0.1], jobs: {hosts: [10.0.0.1]}}\n")
        .running("web", "10.0.0.1", "1111111")
        .deploy(Kind::Deploy);
    let boot = plan
        .phases
        .iter()
        .find(|it| it.title.starts_with("Boot"))
        .unwrap();
    let Work::Hosts(hosts) = &boot.work else {
        panic!("booting happens on hosts");
    };
    let rescues: Vec<_> = hosts[0]
        .blocks
        .iter()
        .filter(|it| !it.rescue.is_empty())
        .collect();
    assert_eq!(rescues.len(), 2);
    for block in rescues {
        let rescue: Vec<String> = block.rescue.iter().map(|it| it.command.exposed()).collect();
        assert!(!rescue.join("\n").contains("1111111"), "{rescue:#?}");
        assert!(
            rescue.iter().all(|line| line.contains("2222222")),
            "{rescue:#?}"
        );
    }
    insta::assert_snapshot!(outline(&plan).lines().filter(|it| it.contains('!')).collect::<Vec<_>>().join("\n"), @r"
    ! last health probe
    ! container
    ! last 50 log lines
    ! stop web 2222222 unless it has traffic
    ! container
    ! last 50 log lines
    ! stop jobs 2222222
    ");
}

#[test]
fn only_what_waits_can_be_ended_and_only_what_is_done_is_a_milestone() {
    let plan = plan("servers: [10.0.0.1]\n")
        .running("web", "10.0.0.1", "1111111")
        .deploy(Kind::Deploy);
    let mut table = String::new();
    for phase in &plan.phases {
        let Work::Hosts(hosts) = &phase.work else {
            continue;
        };
        for step in hosts
            .iter()
            .flat_map(|it| &it.blocks)
            .flat_map(|it| &it.steps)
        {
            let may_fail = match step.on_failure {
                OnFailure::Stop => "",
                OnFailure::Continue => " (may fail)",
            };
            let ended = match step.on_interrupt {
                OnInterrupt::Finish => "",
                OnInterrupt::End => " (can be ended)",
            };
            let milestone = step
                .milestone
                .map(|milestone| format!(" → {milestone:?}"))
                .unwrap_or_default();
            let _ = writeln!(table, "{}{may_fail}{ended}{milestone}", step.title);
        }
    }
    insta::assert_snapshot!(table, @r"
    log in to ghcr.io (can be ended)
    write the audit log (may fail)
    pull the image (can be ended)
    check the image's service label
    check the image's architecture
    write the audit log (may fail)
    write the secrets of web
    start web 2222222 → Started
    wait for web 2222222 and switch traffic to it (can be ended) → Healthy
    stop web 1111111 (may fail) → Retired
    write the audit log (may fail)
    tag the image as latest
    write the audit log (may fail)
    remove old containers (may fail)
    write the audit log (may fail)
    remove images without a name (may fail)
    remove old images (may fail)
    ");
}
