//! Deploying, redeploying, rolling back and setting up (flows §2).

use std::{collections::BTreeMap, num::NonZeroU16};

use dhow_plan::{
    HostWork, Work,
    recipe::deploy::{self, Kind},
};

use crate::scenario::{Scenario, commands, outline, plan};

const ONE_HOST: &str = "servers: [10.0.0.1]\nenv: {secret: [RAILS_MASTER_KEY]}\n";

const TWO_ROLES: &str = "
servers:
  web: [10.0.0.1]
  workers: {hosts: [10.0.0.1, 10.0.0.2], cmd: bin/jobs}
";

const WITH_ACCESSORY: &str = "
servers: [10.0.0.1]
accessories:
  db:
    image: mysql:8.0
    host: 10.0.0.9
    env: {secret: [RAILS_MASTER_KEY]}
    files: [config/my.cnf:/etc/my.cnf]
    directories: [data:/var/lib/mysql]
";

fn with_accessory() -> Scenario {
    plan(WITH_ACCESSORY).file("db", "/etc/my.cnf", "[mysqld]\n")
}

#[test]
fn without_a_registry_hosts_reach_the_one_of_this_machine_while_they_pull() {
    let text = "service: shop\nregistry: {server: 'localhost:5555'}\nbuilder: {arch: amd64}\n\
                servers: [10.0.0.1, 10.0.0.2]\n";
    let plan = Scenario::of(text, None).deploy(Kind::Deploy);
    let leads = |work: &HostWork| work.registry_port.map(NonZeroU16::get);
    let mut ports: BTreeMap<&str, Vec<Option<u16>>> = BTreeMap::new();
    for phase in &plan.phases {
        if let Work::Hosts(hosts) = &phase.work {
            ports.insert(&phase.title, hosts.iter().map(leads).collect());
        }
    }
    let pull = "Pull localhost:5555/shop:2222222 on 2 hosts";
    assert_eq!(ports.remove(pull).unwrap(), [Some(5555), Some(5555)]);
    assert!(ports.values().flatten().all(Option::is_none), "{ports:?}");
    let told = plan.to_string();
    let told: Vec<&str> = told.lines().take(5).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    Build 2222222
    Pull localhost:5555/shop:2222222 on 2 hosts
      10.0.0.1, whose port 5555 leads to this machine's registry
        pull the image
          $ docker pull localhost:5555/shop:2222222
    ");
    assert!(!told.join(" ").contains("login"), "{told:?}");
}

#[test]
fn a_first_deploy() {
    insta::assert_snapshot!(format!("{:#}", plan(ONE_HOST).deploy(Kind::Deploy)), @r#"
    Build 2222222
    Pull ghcr.io/acme/shop:2222222 on 1 host
      10.0.0.1
        log in to ghcr.io
          $ read -r wanted; noted=$(sed -n '\|"ghcr.io": {|{n;s/.*"auth": "\(.*\)".*/\1/p;}' "${DOCKER_CONFIG:-$HOME/.docker}/config.json" 2>/dev/null); [ "$noted" = "$wanted" ] || docker login ghcr.io -u [REDACTED] --password-stdin >/dev/null
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] Pulled image with version 2222222' >> .kamal/shop-audit.log
        pull the image
          $ docker pull ghcr.io/acme/shop:2222222
        check the image's service label
          $ built_for=$(docker image inspect --format '{{ index .Config.Labels "service" }}' ghcr.io/acme/shop:2222222) && case $built_for in shop | '' | '<no value>') ;; *) echo "image ghcr.io/acme/shop:2222222 is labelled for the service $built_for, not shop" >&2; false ;; esac
        check the image's architecture
          $ image=$(docker image inspect --format '{{.Architecture}}' ghcr.io/acme/shop:2222222) && engine=$(docker version --format '{{.Server.Arch}}') && case $image/$engine in "$engine/$image" | *[!a-z0-9/]*) ;; *) echo "image ghcr.io/acme/shop:2222222 is built for $image, this host is $engine" >&2; false ;; esac
    Run the pre-deploy hook
    Make hosts ready
      10.0.0.1
        make the network
          $ docker network ls --format '{{.Name}}' | grep -qx kamal || docker network create kamal
        make the proxy's folder
          $ mkdir -p .kamal/proxy/apps-config
        start the proxy
          $ why=$(docker container start kamal-proxy 2>&1) || echo $(cat .kamal/proxy/options 2> /dev/null || echo "--publish 80:80 --publish 443:443 --log-opt max-size=10m") $(cat .kamal/proxy/image 2> /dev/null || echo "basecamp/kamal-proxy"):$(cat .kamal/proxy/image_version 2> /dev/null || echo "v0.9.2") $(cat .kamal/proxy/run_command 2> /dev/null || echo "") | xargs docker run --name kamal-proxy --network kamal --detach --restart unless-stopped --volume kamal-proxy-config:/home/kamal-proxy/.config/kamal-proxy --volume "$PWD"/.kamal/proxy/apps-config:/home/kamal-proxy/.apps-config || { case $why in *'No such container'*) ;; *) printf '%s\n' "$why" >&2 ;; esac; false; }
    Run the pre-app-boot hook
    Boot 2222222 on 1 host
      10.0.0.1
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] [web] Booted app version 2222222' >> .kamal/shop-audit.log
        write the secrets of web
          $ mkdir -p .kamal/apps/shop/env/roles && umask 077 && cat > .kamal/apps/shop/env/roles/web.env.new && mv -f .kamal/apps/shop/env/roles/web.env.new .kamal/apps/shop/env/roles/web.env
        start web 2222222
          $ docker run --detach --restart unless-stopped --name shop-web-2222222 --network kamal --hostname 10.0.0.1-910a2dec8902 --env KAMAL_CONTAINER_NAME="shop-web-2222222" --env KAMAL_VERSION="2222222" --env KAMAL_HOST="10.0.0.1" --env-file .kamal/apps/shop/env/roles/web.env --log-opt max-size="10m" --label service="shop" --label role="web" --label destination ghcr.io/acme/shop:2222222
        wait for web 2222222 and switch traffic to it
          $ id="$(docker container ls --all --filter 'name=^shop-web-2222222$' --quiet)" && docker exec kamal-proxy kamal-proxy deploy shop-web --target="${id:?the container is not there, did it boot?}":80 --deploy-timeout="30s" --drain-timeout="30s" --buffer-requests --buffer-responses --log-request-header="Cache-Control" --log-request-header="Last-Modified" --log-request-header="User-Agent"
    Run the post-app-boot hook
    Tag the image and prune
      10.0.0.1
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] Tagging ghcr.io/acme/shop:2222222 as the latest image' >> .kamal/shop-audit.log
        tag the image as latest
          $ docker tag ghcr.io/acme/shop:2222222 ghcr.io/acme/shop:latest
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] Pruned containers' >> .kamal/shop-audit.log
        remove old containers
          $ docker ps -q -a --filter label=service=shop --filter status=created --filter status=exited --filter status=dead | tail -n +6 | while read container_id; do docker rm "$container_id"; done
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] Pruned images' >> .kamal/shop-audit.log
        remove images without a name
          $ docker image prune --force --filter label=service=shop
        remove old images
          $ { docker image ls --filter label=service=shop --format '{{.ID}} {{.Repository}}:{{.Tag}}' ; docker image ls ghcr.io/acme/shop --format '{{.ID}} {{.Repository}}:{{.Tag}}' | grep -v "^\($(docker image ls --filter label=service --format '{{.ID}}\|' | tr -d '\n')none\)" ; } | grep -v -w "$(docker container ls -a --format '{{.Image}}\|' --filter label=service=shop | tr -d '\n')ghcr.io/acme/shop:latest\|ghcr.io/acme/shop:<none>" | while read image tag; do docker rmi "$tag"; done
    Run the post-deploy hook
    "#);
}

#[test]
fn a_second_deploy_stops_the_old_container_last() {
    let plan = plan(ONE_HOST)
        .running("web", "10.0.0.1", "1111111")
        .deploy(Kind::Deploy);
    insta::assert_snapshot!(outline(&plan), @r"
    Build 2222222
    Pull ghcr.io/acme/shop:2222222 on 1 host
      10.0.0.1
        log in to ghcr.io
        write the audit log
        pull the image
        check the image's service label
        check the image's architecture
    Run the pre-deploy hook
    Run the pre-app-boot hook
    Boot 2222222 on 1 host
      10.0.0.1
        write the audit log
        write the secrets of web
        start web 2222222
        wait for web 2222222 and switch traffic to it
        stop web 1111111
        ! last health probe
        ! container
        ! last 50 log lines
        ! stop web 2222222 unless it has traffic
    Run the post-app-boot hook
    Tag the image and prune
      10.0.0.1
        write the audit log
        tag the image as latest
        write the audit log
        remove old containers
        write the audit log
        remove images without a name
        remove old images
    Run the post-deploy hook
    ");
    let sent = commands(&plan, "10.0.0.1");
    let at = |part: &str| sent.iter().position(|line| line.contains(part)).unwrap();
    assert!(at("docker run --detach") < at("kamal-proxy deploy"));
    assert!(at("kamal-proxy deploy") < at("name=^shop-web-1111111$"));
    assert!(at("name=^shop-web-1111111$") < at("docker tag"));
}

#[test]
fn the_same_version_again_renames_first_and_stops_the_renamed() {
    let plan = plan(ONE_HOST)
        .running("web", "10.0.0.1", "2222222")
        .deploy(Kind::Deploy);
    insta::assert_snapshot!(outline(&plan), @r"
    Build 2222222
    Pull ghcr.io/acme/shop:2222222 on 1 host
      10.0.0.1
        log in to ghcr.io
        write the audit log
        pull the image
        check the image's service label
        check the image's architecture
    Run the pre-deploy hook
    Run the pre-app-boot hook
    Boot 2222222 on 1 host
      10.0.0.1
        write the audit log
        rename the earlier container of web 2222222
        write the audit log
        write the secrets of web
        start web 2222222
        wait for web 2222222 and switch traffic to it
        stop the earlier web 2222222
        ! last health probe
        ! container
        ! last 50 log lines
        ! stop web 2222222 unless it has traffic
    Run the post-app-boot hook
    Tag the image and prune
      10.0.0.1
        write the audit log
        tag the image as latest
        write the audit log
        remove old containers
        write the audit log
        remove images without a name
        remove old images
    Run the post-deploy hook
    ");
    let sent = commands(&plan, "10.0.0.1");
    let renamed = sent
        .iter()
        .find_map(|line| line.strip_prefix("docker rename shop-web-2222222 "))
        .unwrap();
    let stop = dhow_docker::app::stop(renamed, None).to_string();
    assert!(sent.contains(&stop), "{sent:#?}");
    let audit = format!(
        "[web] Renaming container 2222222 to {}'",
        renamed.strip_prefix("shop-web-").unwrap()
    );
    assert!(sent.iter().any(|line| line.contains(&audit)), "{sent:#?}");
}

#[test]
fn a_stopped_container_of_the_same_version_is_renamed_too_and_the_running_one_stopped() {
    let plan = plan(ONE_HOST)
        .container("web", "10.0.0.1", "2222222", "exited")
        .running("web", "10.0.0.1", "1111111")
        .deploy(Kind::Deploy);
    let sent = commands(&plan, "10.0.0.1").join("\n");
    assert!(sent.contains("docker rename shop-web-2222222 shop-web-2222222_replaced_"));
    assert!(sent.contains("name=^shop-web-1111111$"));
    assert!(!sent.contains("name=^shop-web-2222222_replaced_"));
}

#[test]
fn two_roles_on_a_host_and_one_alone_that_waits() {
    let plan = plan(TWO_ROLES)
        .running("web", "10.0.0.1", "1111111")
        .deploy(Kind::Deploy);
    insta::assert_snapshot!(outline(&plan), @r"
    Build 2222222
    Pull ghcr.io/acme/shop:2222222 on 2 hosts
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
    Run the pre-deploy hook
    Make hosts ready
      10.0.0.2
        make the network
    Run the pre-app-boot hook
    Boot 2222222 on 2 hosts
      10.0.0.1
        write the audit log
        write the secrets of web
        start web 2222222
        wait for web 2222222 and switch traffic to it
        stop web 1111111
        ! last health probe
        ! container
        ! last 50 log lines
        ! stop web 2222222 unless it has traffic
        write the audit log
        write the secrets of workers
        start workers 2222222
        wait for workers 2222222
        ! container
        ! last 50 log lines
        ! stop workers 2222222
      10.0.0.2 after web
        write the audit log
        write the secrets of workers
        start workers 2222222
        wait for workers 2222222
        ! container
        ! last 50 log lines
        ! stop workers 2222222
    Run the post-app-boot hook
    Tag the image and prune
      10.0.0.1
        write the audit log
        tag the image as latest
        write the audit log
        remove old containers
        write the audit log
        remove images without a name
        remove old images
      10.0.0.2
        write the audit log
        tag the image as latest
        write the audit log
        remove old containers
        write the audit log
        remove images without a name
        remove old images
    Run the post-deploy hook
    ");
}

#[test]
fn a_redeploy_neither_looks_after_the_proxy_nor_prunes() {
    insta::assert_snapshot!(outline(&plan(ONE_HOST).deploy(Kind::Redeploy)), @r"
    Build 2222222
    Pull ghcr.io/acme/shop:2222222 on 1 host
      10.0.0.1
        log in to ghcr.io
        write the audit log
        pull the image
        check the image's service label
        check the image's architecture
    Run the pre-deploy hook
    Make hosts ready
      10.0.0.1
        make the network
    Run the pre-app-boot hook
    Boot 2222222 on 1 host
      10.0.0.1
        write the audit log
        write the secrets of web
        start web 2222222
        wait for web 2222222 and switch traffic to it
        ! last health probe
        ! container
        ! last 50 log lines
        ! stop web 2222222 unless it has traffic
    Run the post-app-boot hook
    Tag the image
      10.0.0.1
        write the audit log
        tag the image as latest
    Run the post-deploy hook
    ");
}

#[test]
fn a_rollback_neither_builds_nor_pulls() {
    let plan = plan(ONE_HOST)
        .container("web", "10.0.0.1", "1111111", "exited")
        .running("web", "10.0.0.1", "2222222")
        .to("1111111")
        .deploy(Kind::Rollback);
    insta::assert_snapshot!(outline(&plan), @r"
    Run the pre-deploy hook
    Run the pre-app-boot hook
    Boot 1111111 on 1 host
      10.0.0.1
        write the audit log
        rename the earlier container of web 1111111
        write the audit log
        write the secrets of web
        start web 1111111
        wait for web 1111111 and switch traffic to it
        stop web 2222222
        ! last health probe
        ! container
        ! last 50 log lines
        ! stop web 1111111 unless it has traffic
    Run the post-app-boot hook
    Tag the image
      10.0.0.1
        write the audit log
        tag the image as latest
    Run the post-deploy hook
    ");
}

#[test]
fn a_setup_boots_accessories_that_have_no_container() {
    insta::assert_snapshot!(format!("{:#}", with_accessory().deploy(Kind::Setup)), @r#"
    Build 2222222
    Pull ghcr.io/acme/shop:2222222 on 1 host
      10.0.0.1
        log in to ghcr.io
          $ read -r wanted; noted=$(sed -n '\|"ghcr.io": {|{n;s/.*"auth": "\(.*\)".*/\1/p;}' "${DOCKER_CONFIG:-$HOME/.docker}/config.json" 2>/dev/null); [ "$noted" = "$wanted" ] || docker login ghcr.io -u [REDACTED] --password-stdin >/dev/null
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] Pulled image with version 2222222' >> .kamal/shop-audit.log
        pull the image
          $ docker pull ghcr.io/acme/shop:2222222
        check the image's service label
          $ built_for=$(docker image inspect --format '{{ index .Config.Labels "service" }}' ghcr.io/acme/shop:2222222) && case $built_for in shop | '' | '<no value>') ;; *) echo "image ghcr.io/acme/shop:2222222 is labelled for the service $built_for, not shop" >&2; false ;; esac
        check the image's architecture
          $ image=$(docker image inspect --format '{{.Architecture}}' ghcr.io/acme/shop:2222222) && engine=$(docker version --format '{{.Server.Arch}}') && case $image/$engine in "$engine/$image" | *[!a-z0-9/]*) ;; *) echo "image ghcr.io/acme/shop:2222222 is built for $image, this host is $engine" >&2; false ;; esac
    Run the pre-deploy hook
    Make hosts ready
      10.0.0.1
        make the network
          $ docker network ls --format '{{.Name}}' | grep -qx kamal || docker network create kamal
        make the proxy's folder
          $ mkdir -p .kamal/proxy/apps-config
        start the proxy
          $ why=$(docker container start kamal-proxy 2>&1) || echo $(cat .kamal/proxy/options 2> /dev/null || echo "--publish 80:80 --publish 443:443 --log-opt max-size=10m") $(cat .kamal/proxy/image 2> /dev/null || echo "basecamp/kamal-proxy"):$(cat .kamal/proxy/image_version 2> /dev/null || echo "v0.9.2") $(cat .kamal/proxy/run_command 2> /dev/null || echo "") | xargs docker run --name kamal-proxy --network kamal --detach --restart unless-stopped --volume kamal-proxy-config:/home/kamal-proxy/.config/kamal-proxy --volume "$PWD"/.kamal/proxy/apps-config:/home/kamal-proxy/.apps-config || { case $why in *'No such container'*) ;; *) printf '%s\n' "$why" >&2 ;; esac; false; }
    Boot accessories
      10.0.0.9
        log in to ghcr.io
          $ read -r wanted; noted=$(sed -n '\|"ghcr.io": {|{n;s/.*"auth": "\(.*\)".*/\1/p;}' "${DOCKER_CONFIG:-$HOME/.docker}/config.json" 2>/dev/null); [ "$noted" = "$wanted" ] || docker login ghcr.io -u [REDACTED] --password-stdin >/dev/null
        make the network
          $ docker network ls --format '{{.Name}}' | grep -qx kamal || docker network create kamal
        make the folder data
          $ mkdir -p "$PWD"/shop-db/data
        write shop-db/etc/my.cnf
          $ mkdir -p shop-db/etc && cat > shop-db/etc/my.cnf && chmod 755 shop-db/etc/my.cnf
        write the secrets of db
          $ mkdir -p .kamal/apps/shop/env/accessories && umask 077 && cat > .kamal/apps/shop/env/accessories/db.env.new && mv -f .kamal/apps/shop/env/accessories/db.env.new .kamal/apps/shop/env/accessories/db.env
        fetch the image of db
          $ docker image inspect mysql:8.0 >/dev/null 2>&1 || docker image pull mysql:8.0
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] Booted db accessory' >> .kamal/shop-audit.log
        start shop-db
          $ docker run --name shop-db --detach --restart unless-stopped --network kamal --log-opt max-size="10m" --env KAMAL_HOST="10.0.0.9" --env-file .kamal/apps/shop/env/accessories/db.env --volume "$PWD"/shop-db/etc/my.cnf:/etc/my.cnf --volume "$PWD"/shop-db/data:/var/lib/mysql --label service="shop-db" mysql:8.0
        write down what db was booted with
          $ mkdir -p .kamal/apps/shop/env/accessories && umask 077 && { docker inspect --format 'container {{.Id}}' shop-db && cat ; } > .kamal/apps/shop/env/accessories/db.booted.new && mv -f .kamal/apps/shop/env/accessories/db.booted.new .kamal/apps/shop/env/accessories/db.booted
        wait for db
          $ settled=; while :; do …
    Run the pre-app-boot hook
    Boot 2222222 on 1 host
      10.0.0.1
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] [web] Booted app version 2222222' >> .kamal/shop-audit.log
        write the secrets of web
          $ mkdir -p .kamal/apps/shop/env/roles && umask 077 && cat > .kamal/apps/shop/env/roles/web.env.new && mv -f .kamal/apps/shop/env/roles/web.env.new .kamal/apps/shop/env/roles/web.env
        start web 2222222
          $ docker run --detach --restart unless-stopped --name shop-web-2222222 --network kamal --hostname 10.0.0.1-910a2dec8902 --env KAMAL_CONTAINER_NAME="shop-web-2222222" --env KAMAL_VERSION="2222222" --env KAMAL_HOST="10.0.0.1" --env-file .kamal/apps/shop/env/roles/web.env --log-opt max-size="10m" --label service="shop" --label role="web" --label destination ghcr.io/acme/shop:2222222
        wait for web 2222222 and switch traffic to it
          $ id="$(docker container ls --all --filter 'name=^shop-web-2222222$' --quiet)" && docker exec kamal-proxy kamal-proxy deploy shop-web --target="${id:?the container is not there, did it boot?}":80 --deploy-timeout="30s" --drain-timeout="30s" --buffer-requests --buffer-responses --log-request-header="Cache-Control" --log-request-header="Last-Modified" --log-request-header="User-Agent"
    Run the post-app-boot hook
    Tag the image and prune
      10.0.0.1
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] Tagging ghcr.io/acme/shop:2222222 as the latest image' >> .kamal/shop-audit.log
        tag the image as latest
          $ docker tag ghcr.io/acme/shop:2222222 ghcr.io/acme/shop:latest
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] Pruned containers' >> .kamal/shop-audit.log
        remove old containers
          $ docker ps -q -a --filter label=service=shop --filter status=created --filter status=exited --filter status=dead | tail -n +6 | while read container_id; do docker rm "$container_id"; done
        write the audit log
          $ mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [dee@example.com] Pruned images' >> .kamal/shop-audit.log
        remove images without a name
          $ docker image prune --force --filter label=service=shop
        remove old images
          $ { docker image ls --filter label=service=shop --format '{{.ID}} {{.Repository}}:{{.Tag}}' ; docker image ls ghcr.io/acme/shop --format '{{.ID}} {{.Repository}}:{{.Tag}}' | grep -v "^\($(docker image ls --filter label=service --format '{{.ID}}\|' | tr -d '\n')none\)" ; } | grep -v -w "$(docker container ls -a --format '{{.Image}}\|' --filter label=service=shop | tr -d '\n')ghcr.io/acme/shop:latest\|ghcr.io/acme/shop:<none>" | while read image tag; do docker rmi "$tag"; done
    Run the post-deploy hook
    "#);
    let again = with_accessory()
        .accessory("db", "10.0.0.9")
        .deploy(Kind::Setup);
    assert_eq!(commands(&again, "10.0.0.9"), [""; 0]);
}

#[test]
fn a_host_with_nothing_but_an_accessory_gets_nothing_of_the_app() {
    for kind in [Kind::Deploy, Kind::Redeploy, Kind::Rollback] {
        assert_eq!(
            commands(&with_accessory().deploy(kind), "10.0.0.9"),
            [""; 0]
        );
    }
    let sent = commands(&with_accessory().deploy(Kind::Setup), "10.0.0.9").join("\n");
    for part in ["acme/shop", "kamal-proxy", "prune", "docker tag"] {
        assert!(!sent.contains(part), "{part} in {sent}");
    }
}

#[test]
fn hosts_without_a_proxy_get_the_network_before_their_first_container() {
    let plan = plan(TWO_ROLES).deploy(Kind::Deploy);
    let sent = commands(&plan, "10.0.0.2");
    let at = |part: &str| sent.iter().position(|line| line.contains(part)).unwrap();
    assert!(at("docker network create kamal") < at("docker run --detach"));
    assert!(!sent.join("\n").contains("--name kamal-proxy"));
}

#[test]
fn docker_is_installed_where_it_is_missing_and_the_hook_told() {
    let missing = ["10.0.0.9".parse().unwrap()];
    let plan = with_accessory().settled(|settled, _| deploy::bootstrap(settled, &missing));
    insta::assert_snapshot!(outline(&plan), @r"
    Install Docker where it is missing
      10.0.0.9
        install Docker
    Run the docker-setup hook
    ");
}

#[test]
fn a_version_that_serves_needs_no_proxy_made() {
    let plan = plan(ONE_HOST)
        .running("web", "10.0.0.1", "1111111")
        .deploy(Kind::Deploy);
    let sent = commands(&plan, "10.0.0.1").join("\n");
    assert!(!sent.contains("docker container start kamal-proxy"));
    assert!(!sent.contains("network create"));
}

#[test]
fn a_proxy_that_is_stopped_is_started() {
    let mut stopped = plan(ONE_HOST).running("web", "10.0.0.1", "1111111");
    stopped.host("10.0.0.1").proxy.as_mut().unwrap().running = false;
    let sent = commands(&stopped.deploy(Kind::Deploy), "10.0.0.1").join("\n");
    assert!(sent.contains("docker container start kamal-proxy"));
    let again = commands(&stopped.deploy(Kind::Redeploy), "10.0.0.1").join("\n");
    assert!(!again.contains("docker container start kamal-proxy"));
}

#[test]
fn a_plan_made_twice_is_the_same_plan() {
    let make = || {
        plan(TWO_ROLES)
            .running("web", "10.0.0.1", "2222222")
            .deploy(Kind::Deploy)
    };
    assert_eq!(make(), make());
}

#[test]
fn a_plan_is_read_without_the_bookkeeping() {
    let plan = plan(ONE_HOST).deploy(Kind::Deploy);
    assert!(format!("{plan:#}").contains("write the audit log"));
    assert!(!plan.to_string().contains("write the audit log"));
}
