//! What commands beside deploys do: removing, and running commands in the app.

use dhow_config::Pair;
use dhow_docker::app::{Attached, Exec};
use dhow_plan::{
    HostWork, Phase, Plan, Suffixes,
    recipe::{app, remove},
};

use crate::{
    scenario::{commands, outline, plan},
    shop::shop,
};

fn phase(work: Vec<HostWork>) -> Plan {
    let mut plan = Plan::default();
    plan.add(Phase::on_hosts("Work", work));
    plan
}

#[test]
fn removing_a_role_leaves_the_accessories_of_its_host_alone() {
    let fleet = "servers:\n  web: [10.0.0.1]\n  jobs: {hosts: [10.0.0.2], cmd: bin/jobs}\n\
                 accessories: {db: {image: mysql, host: 10.0.0.2, directories: [data:/var/lib/mysql]}}\n";
    let removed = |roles: Option<&str>| {
        let scenario = plan(fleet).accessory("db", "10.0.0.2").select(None, roles);
        commands(&scenario.settled(remove::remove), "10.0.0.2").join("\n")
    };
    let of_the_role = removed(Some("jobs"));
    assert!(of_the_role.contains("label=role=jobs"));
    assert!(!of_the_role.contains("shop-db"), "{of_the_role}");
    assert!(
        !of_the_role.contains(".kamal/apps"),
        "its secrets lie there: {of_the_role}"
    );
    assert!(removed(None).contains("rm -rf shop-db"));
}

#[test]
fn removing_takes_everything_but_what_other_apps_need() {
    let shop = shop()
        .apps("10.0.0.1", &["shop", "blog"])
        .apps("10.0.0.2", &["shop"]);
    let plan = shop.settled(remove::remove);
    insta::assert_snapshot!(outline(&plan), @r"
    Remove the app, its accessories and the proxy
      10.0.0.2
        write the audit log
        take web out of the proxy
        stop web
        write the audit log
        remove web
        write the audit log
        stop jobs
        write the audit log
        remove jobs
        write the audit log
        remove the app's images
        write the audit log
        remove the app's folder
        remove the app's files for the proxy
        write the audit log
        stop the proxy
        write the audit log
        remove the proxy's container
        write the audit log
        remove the proxy's image
        remove the proxy's folder
        remove the network
        log out of the registry
      10.0.0.1
        write the audit log
        take web out of the proxy
        stop web
        write the audit log
        remove web
        write the audit log
        remove the app's images
        write the audit log
        remove the app's folder
        remove the app's files for the proxy
        log out of the registry
      10.0.0.3
        write the audit log
        stop jobs
        write the audit log
        remove jobs
        write the audit log
        remove the app's images
        write the audit log
        remove the app's folder
        remove the app's files for the proxy
        remove the network
        log out of the registry
      10.0.0.9
        write the audit log
        stop db
        write the audit log
        remove the db container
        write the audit log
        remove the db image
        remove the db data
        remove the secrets of db
        write the audit log
        remove the app's folder
        remove the app's files for the proxy
        remove the network
        log out of the registry
    ");
    let with_blog = commands(&plan, "10.0.0.1").join("\n");
    assert!(!with_blog.contains("rm -rf .kamal/proxy\n"), "{with_blog}");
    assert!(!with_blog.contains("network rm"), "{with_blog}");
}

#[test]
fn removing_one_role_leaves_what_the_roles_share() {
    let plan = shop().select(None, Some("jobs")).settled(remove::remove);
    let shared = commands(&plan, "10.0.0.2").join("\n");
    for part in [
        "image prune",
        "rm -rf .kamal/apps",
        "--name kamal-proxy",
        "network rm",
        "role=web",
    ] {
        assert!(!shared.contains(part), "{part} in {shared}");
    }
    let alone = commands(&plan, "10.0.0.3").join("\n");
    assert!(alone.contains("rm -rf .kamal/apps/shop"), "{alone}");
}

fn exec() -> Exec {
    Exec {
        command: "bin/rails db:migrate".to_owned(),
        env: vec![Pair {
            name: "A".to_owned(),
            value: "b".to_owned(),
        }],
        attached: Attached::Nothing,
    }
}

#[test]
fn a_command_runs_in_running_containers_where_there_are_any() {
    let plan = phase(shop().settled(|settled, facts| {
        let mut suffixes = Suffixes::from_seed(1);
        app::exec(settled, facts, &exec(), &app::In::Running, &mut suffixes)
    }));
    insta::assert_snapshot!(format!("{plan:#}"), @r#"
    Work
      10.0.0.2
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] [web] Executed cmd '\''bin/rails db:migrate'\'' on app version 1111111' >> .kamal/shop-audit.log
        bin/rails db:migrate
          $ docker exec --env A="b" shop-web-1111111 bin/rails db:migrate
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] [jobs] Executed cmd '\''bin/rails db:migrate'\'' on app version 1111111' >> .kamal/shop-audit.log
        bin/rails db:migrate
          $ docker exec --env A="b" shop-jobs-1111111 bin/rails db:migrate
      10.0.0.1
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] [web] Executed cmd '\''bin/rails db:migrate'\'' on app version 1111111' >> .kamal/shop-audit.log
        bin/rails db:migrate
          $ docker exec --env A="b" shop-web-1111111 bin/rails db:migrate
      10.0.0.3
    "#);
}

#[test]
fn a_command_runs_in_a_container_of_its_own() {
    let scenario = shop().select(Some("10.0.0.3"), None);
    let plan = phase(scenario.settled(|settled, facts| {
        let place = app::In::New {
            image: settled.repository.latest(),
            detach: false,
        };
        app::exec(settled, facts, &exec(), &place, &mut Suffixes::from_seed(1))
    }));
    insta::assert_snapshot!(format!("{plan:#}"), @r#"
    Work
      10.0.0.3
        log in to ghcr.io
          $ read -r wanted; noted=$(sed -n '\|"ghcr.io": {|{n;s/.*"auth": "\(.*\)".*/\1/p;}' "${DOCKER_CONFIG:-$HOME/.docker}/config.json" 2>/dev/null); [ "$noted" = "$wanted" ] || docker login ghcr.io -u [REDACTED] --password-stdin >/dev/null
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] Executed cmd '\''bin/rails db:migrate'\'' on app version latest' >> .kamal/shop-audit.log
        write the secrets of jobs
          $ mkdir -p .kamal/apps/shop/env/roles && umask 077 && cat > .kamal/apps/shop/env/roles/jobs.env.new && mv -f .kamal/apps/shop/env/roles/jobs.env.new .kamal/apps/shop/env/roles/jobs.env
        bin/rails db:migrate
          $ docker run --rm --name shop-jobs-exec-latest-910a2d --network kamal --env-file .kamal/apps/shop/env/roles/jobs.env --env A="b" --log-opt max-size="10m" ghcr.io/acme/shop:latest bin/rails db:migrate
    "#);
}
