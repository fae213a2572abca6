//! The worked example of host-commands §9.

use dhow_config::{Config, Role, Sources, load};
use dhow_docker::{
    Names, Repository, accessory,
    app::{self, Attached, Boot, Exec, LogRange, NewExec},
    apps_config::ProxyFiles,
    audit::Auditor,
    image,
    lock::{self, LockDetails},
    proxy, prune, registry, server,
};
use dhow_names::Destination;
use dhow_redaction::Secret;
use dhow_versioning::Version;

pub(crate) const SHOP: &str = r#"
service: shop
image: acme/shop
servers:
  web:
    hosts: [192.0.2.1, {192.0.2.2: blue}]
  workers:
    hosts: [192.0.2.3, 192.0.2.1]
    cmd: bin/jobs
    options: {memory: 512m, cap-add: true}
proxy:
  host: shop.example.com
  app_port: 3000
  healthcheck: {path: /up, interval: 3, timeout: 3}
registry: {server: ghcr.io, username: acme, password: [KAMAL_REGISTRY_PASSWORD]}
builder: {arch: amd64, args: {RUBY: 3.3}, secrets: [BUILD_TOKEN]}
env:
  clear: {DB_HOST: 10.0.0.9}
  secret: [RAILS_MASTER_KEY]
  tags: {blue: {COLOR: blue}}
volumes: [data:/data]
deploy_timeout: 6
readiness_delay: 1
accessories:
  db:
    image: mysql:8.0
    host: 192.0.2.4
    port: "127.0.0.1:3306:3306"
    env: {clear: {MYSQL_ROOT_HOST: "%"}, secret: [MYSQL_ROOT_PASSWORD]}
    files: [config/my.cnf:/etc/mysql/my.cnf:ro]
    directories: [data:/var/lib/mysql]
"#;

/// A deploy file with all that its lines need.
pub(crate) struct Shop {
    pub(crate) config: Config,
    pub(crate) names: Names,
    pub(crate) repository: Repository,
    pub(crate) version: Version,
}

impl Shop {
    pub(crate) fn of(text: &str, destination: Option<&str>) -> Self {
        let destination: Option<Destination> = destination.map(|name| name.parse().unwrap());
        let over = destination.as_ref().map(|name| (name, "{}"));
        let loaded = load(&Sources::of_text(text, over), destination.as_ref());
        let config = loaded
            .unwrap_or_else(|problems| panic!("{problems}"))
            .config;
        Self {
            names: Names::of(&config),
            repository: Repository::of(&config),
            version: "1111111".parse().unwrap(),
            config,
        }
    }

    pub(crate) fn role(&self, name: &str) -> &Role {
        self.config.role(&name.parse().unwrap()).unwrap()
    }

    /// The run line of a role on its nth host.
    pub(crate) fn run(&self, role: &str, host: usize, suffix: &str) -> String {
        let role = self.role(role);
        let at = &role.hosts[host];
        app::run(&Boot {
            config: &self.config,
            names: &self.names,
            role,
            at,
            version: &self.version,
            hostname: &Names::hostname(&at.host, suffix),
        })
        .exposed()
    }

    pub(crate) fn proxy_deploy(&self, role: &str) -> String {
        let role = self.role(role);
        let container = self.names.container(role, &self.version);
        let settings = role.proxy.as_ref().unwrap();
        let service = self.names.prefix(role);
        let files = ProxyFiles::default();
        proxy::deploy(&service, &container, settings, &files, &self.config).exposed()
    }

    fn accessory(&self) -> &dhow_config::Accessory {
        &self.config.accessories[0]
    }
}

fn shop() -> Shop {
    Shop::of(SHOP, None)
}

#[test]
fn web_is_run_as_the_reference_says() {
    let shop = shop();
    insta::assert_snapshot!(shop.run("web", 0, "d2f7c1209459"), @r#"docker run --detach --restart unless-stopped --name shop-web-1111111 --network kamal --hostname 192.0.2.1-d2f7c1209459 --env KAMAL_CONTAINER_NAME="shop-web-1111111" --env KAMAL_VERSION="1111111" --env KAMAL_HOST="192.0.2.1" --env DB_HOST="10.0.0.9" --env-file .kamal/apps/shop/env/roles/web.env --log-opt max-size="10m" --volume data:/data --label service="shop" --label role="web" --label destination ghcr.io/acme/shop:1111111"#);
    insta::assert_snapshot!(shop.run("web", 1, "0123456789ab"), @r#"docker run --detach --restart unless-stopped --name shop-web-1111111 --network kamal --hostname 192.0.2.2-0123456789ab --env KAMAL_CONTAINER_NAME="shop-web-1111111" --env KAMAL_VERSION="1111111" --env KAMAL_HOST="192.0.2.2" --env DB_HOST="10.0.0.9" --env COLOR="blue" --env-file .kamal/apps/shop/env/roles/web.env --log-opt max-size="10m" --volume data:/data --label service="shop" --label role="web" --label destination ghcr.io/acme/shop:1111111"#);
}

#[test]
fn workers_are_run_as_the_reference_says() {
    insta::assert_snapshot!(shop().run("workers", 0, "e2cd3a63fca4"), @r#"docker run --detach --restart unless-stopped --name shop-workers-1111111 --network kamal --hostname 192.0.2.3-e2cd3a63fca4 --env KAMAL_CONTAINER_NAME="shop-workers-1111111" --env KAMAL_VERSION="1111111" --env KAMAL_HOST="192.0.2.3" --env DB_HOST="10.0.0.9" --env-file .kamal/apps/shop/env/roles/workers.env --log-opt max-size="10m" --volume data:/data --label service="shop" --label role="workers" --label destination --memory "512m" --cap-add ghcr.io/acme/shop:1111111 bin/jobs"#);
    insta::assert_snapshot!(shop().run("workers", 1, "e2cd3a63fca4"), @r#"docker run --detach --restart unless-stopped --name shop-workers-1111111 --network kamal --hostname 192.0.2.1-e2cd3a63fca4 --env KAMAL_CONTAINER_NAME="shop-workers-1111111" --env KAMAL_VERSION="1111111" --env KAMAL_HOST="192.0.2.1" --env DB_HOST="10.0.0.9" --env-file .kamal/apps/shop/env/roles/workers.env --log-opt max-size="10m" --volume data:/data --label service="shop" --label role="workers" --label destination --memory "512m" --cap-add ghcr.io/acme/shop:1111111 bin/jobs"#);
}

#[test]
fn a_destination_is_part_of_names_labels_and_environment() {
    let staging = Shop::of(SHOP, Some("staging"));
    insta::assert_snapshot!(staging.run("web", 0, "d2f7c1209459"), @r#"docker run --detach --restart unless-stopped --name shop-web-staging-1111111 --network kamal --hostname 192.0.2.1-d2f7c1209459 --env KAMAL_CONTAINER_NAME="shop-web-staging-1111111" --env KAMAL_VERSION="1111111" --env KAMAL_HOST="192.0.2.1" --env KAMAL_DESTINATION="staging" --env DB_HOST="10.0.0.9" --env-file .kamal/apps/shop-staging/env/roles/web.env --log-opt max-size="10m" --volume data:/data --label service="shop" --label role="web" --label destination="staging" ghcr.io/acme/shop:1111111"#);
    let web = staging.role("web");
    insta::assert_snapshot!(app::current_container(&staging.names, &staging.repository, web), @r#"{ docker ps --latest --format '{{.Names}}' --filter label=service=shop --filter label=destination=staging --filter label=role=web --filter status=running --filter status=restarting --filter ancestor="$(docker image ls --format '{{.ID}}' --filter reference=ghcr.io/acme/shop:latest-staging)" | grep . || docker ps --latest --format '{{.Names}}' --filter label=service=shop --filter label=destination=staging --filter label=role=web --filter status=running --filter status=restarting ; } | head -1"#);
    insta::assert_snapshot!(image::tag_latest(&staging.repository, &staging.version), @"docker tag ghcr.io/acme/shop:1111111 ghcr.io/acme/shop:latest-staging");
    insta::assert_snapshot!(prune::tagged_images(&staging.names, &staging.repository), @r#"{ docker image ls --filter label=service=shop --format '{{.ID}} {{.Repository}}:{{.Tag}}' ; docker image ls ghcr.io/acme/shop --format '{{.ID}} {{.Repository}}:{{.Tag}}' | grep -v "^\($(docker image ls --filter label=service --format '{{.ID}}\|' | tr -d '\n')none\)" ; } | grep -v -w "$(docker container ls -a --format '{{.Image}}\|' --filter label=service=shop | tr -d '\n')ghcr.io/acme/shop:latest\|ghcr.io/acme/shop:<none>" | while read image tag; do docker rmi "$tag"; done"#);
}

#[test]
fn the_image_is_fetched_and_checked() {
    let shop = shop();
    let image = shop.repository.at(&shop.version);
    insta::assert_snapshot!(registry::login(Some("ghcr.io"), &Secret::new("acme")).exposed(), @"docker login ghcr.io -u acme --password-stdin >/dev/null");
    insta::assert_snapshot!(registry::logout(Some("ghcr.io")), @"docker logout ghcr.io");
    insta::assert_snapshot!(registry::login(None, &Secret::new("a$b")).exposed(), @"docker login -u 'a$b' --password-stdin >/dev/null");
    insta::assert_snapshot!(image::pull(&image), @"docker pull ghcr.io/acme/shop:1111111");
    insta::assert_snapshot!(image::check_label(&image, &shop.config.service), @r#"built_for=$(docker image inspect --format '{{ index .Config.Labels "service" }}' ghcr.io/acme/shop:1111111) && case $built_for in shop | '' | '<no value>') ;; *) echo "image ghcr.io/acme/shop:1111111 is labelled for the service $built_for, not shop" >&2; false ;; esac"#);
    insta::assert_snapshot!(image::check_architecture(&image), @r#"image=$(docker image inspect --format '{{.Architecture}}' ghcr.io/acme/shop:1111111) && engine=$(docker version --format '{{.Server.Arch}}') && case $image/$engine in "$engine/$image" | *[!a-z0-9/]*) ;; *) echo "image ghcr.io/acme/shop:1111111 is built for $image, this host is $engine" >&2; false ;; esac"#);
    insta::assert_snapshot!(image::tag_latest(&shop.repository, &shop.version), @"docker tag ghcr.io/acme/shop:1111111 ghcr.io/acme/shop:latest");
    insta::assert_snapshot!(image::tags(&shop.repository), @"docker image ls ghcr.io/acme/shop --digests --format '{{.Tag}} {{.Digest}}'");
    insta::assert_snapshot!(image::list(&shop.repository), @"docker image ls ghcr.io/acme/shop");
    insta::assert_snapshot!(image::remove_unused(&shop.config.service, &shop.repository), @r#"docker image prune --all --force --filter label=service=shop && docker image ls ghcr.io/acme/shop --format '{{.ID}} {{.Repository}}:{{.Tag}}' | grep -v "^\($(docker image ls --filter label=service --format '{{.ID}}\|' | tr -d '\n')none\)" | while read image name; do case $name in *:'<none>') name=$image ;; esac ; docker ps -a -q --filter ancestor="$image" | grep -q . || docker rmi "$name" ; done"#);
}

#[test]
fn the_proxy_is_booted_and_told() {
    let shop = shop();
    insta::assert_snapshot!(server::ensure_network(), @"docker network ls --format '{{.Name}}' | grep -qx kamal || docker network create kamal");
    insta::assert_snapshot!(proxy::make_directory(), @"mkdir -p .kamal/proxy/apps-config");
    insta::assert_snapshot!(proxy::state(), @"docker inspect --format '{{.State.Status}} {{.Config.Image}}' kamal-proxy 2>/dev/null");
    insta::assert_snapshot!(proxy::boot(None), @r#"why=$(docker container start kamal-proxy 2>&1) || echo $(cat .kamal/proxy/options 2> /dev/null || echo "--publish 80:80 --publish 443:443 --log-opt max-size=10m") $(cat .kamal/proxy/image 2> /dev/null || echo "basecamp/kamal-proxy"):$(cat .kamal/proxy/image_version 2> /dev/null || echo "v0.9.2") $(cat .kamal/proxy/run_command 2> /dev/null || echo "") | xargs docker run --name kamal-proxy --network kamal --detach --restart unless-stopped --volume kamal-proxy-config:/home/kamal-proxy/.config/kamal-proxy --volume "$PWD"/.kamal/proxy/apps-config:/home/kamal-proxy/.apps-config || { case $why in *'No such container'*) ;; *) printf '%s\n' "$why" >&2 ;; esac; false; }"#);
    insta::assert_snapshot!(shop.proxy_deploy("web"), @r#"id="$(docker container ls --all --filter 'name=^shop-web-1111111$' --quiet)" && docker exec kamal-proxy kamal-proxy deploy shop-web --target="${id:?the container is not there, did it boot?}":3000 --host="shop.example.com" --deploy-timeout="6s" --drain-timeout="30s" --health-check-interval="3s" --health-check-timeout="3s" --health-check-path="/up" --buffer-requests --buffer-responses --log-request-header="Cache-Control" --log-request-header="Last-Modified" --log-request-header="User-Agent""#);
    insta::assert_snapshot!(proxy::remove("shop-web"), @r"docker exec kamal-proxy kamal-proxy list | tr '\033' '\n' | grep -Eq '^(\[[0-9;]*m)?shop-web( |$)' >/dev/null 2>&1 && docker exec kamal-proxy kamal-proxy remove shop-web || true");
    insta::assert_snapshot!(proxy::stop(), @r#"id="$(docker container ls --all --filter 'name=^kamal-proxy$' --quiet)" && { test -z "$id" || docker stop "$id" ; }"#);
    insta::assert_snapshot!(proxy::details(), @"docker ps --filter 'name=^kamal-proxy$'");
    insta::assert_snapshot!(proxy::remove_container(), @r#"ids=$(docker container ls --all --filter 'name=^kamal-proxy$' --quiet) && { test -z "$ids" || docker rm --force $ids ; }"#);
    insta::assert_snapshot!(proxy::remove_image(), @"docker image prune --all --force --filter label=org.opencontainers.image.title=kamal-proxy");
    insta::assert_snapshot!(proxy::remove_directory(), @"rm -rf .kamal/proxy");
}

#[test]
fn an_accessory_gets_its_files_and_runs() {
    let shop = shop();
    let db = shop.accessory();
    let host = &db.hosts[0];
    insta::assert_snapshot!(accessory::exists(db), @"docker ps -a -q --filter label=service=shop-db");
    insta::assert_snapshot!(accessory::make_directory(db, &db.directories[0]), @r#"mkdir -p "$PWD"/shop-db/data"#);
    insta::assert_snapshot!(accessory::write_file(db, &db.files[0]), @"mkdir -p shop-db/etc/mysql && cat > shop-db/etc/mysql/my.cnf && chmod 755 shop-db/etc/mysql/my.cnf");
    insta::assert_snapshot!(accessory::run(db, &shop.names, host), @r#"docker run --name shop-db --detach --restart unless-stopped --network kamal --log-opt max-size="10m" --publish 127.0.0.1:3306:3306 --env KAMAL_HOST="192.0.2.4" --env MYSQL_ROOT_HOST="%" --env-file .kamal/apps/shop/env/accessories/db.env --volume "$PWD"/shop-db/etc/mysql/my.cnf:/etc/mysql/my.cnf:ro --volume "$PWD"/shop-db/data:/var/lib/mysql --label service="shop-db" mysql:8.0"#);
    insta::assert_snapshot!(accessory::details(db), @"docker ps --filter label=service=shop-db");
    insta::assert_snapshot!(accessory::stop(db), @r#"ids=$(docker ps -a -q --filter label=service=shop-db) && { test -z "$ids" || docker stop $ids ; }"#);
    insta::assert_snapshot!(accessory::remove_container(db), @r#"ids=$(docker ps -a -q --filter label=service=shop-db) && { test -z "$ids" || docker rm --force $ids ; }"#);
    insta::assert_snapshot!(accessory::remove_image(db), @"docker image rm mysql:8.0");
    insta::assert_snapshot!(accessory::remove_directory(db), @"rm -rf shop-db");
}

#[test]
fn containers_are_found_watched_and_stopped() {
    let shop = shop();
    let (web, workers) = (shop.role("web"), shop.role("workers"));
    let names = &shop.names;
    insta::assert_snapshot!(app::container_id("shop-web-1111111"), @"docker container ls --all --filter 'name=^shop-web-1111111$' --quiet");
    insta::assert_snapshot!(app::container_id("shop-web-1.2.3"), @r"docker container ls --all --filter 'name=^shop-web-1\.2\.3$' --quiet");
    insta::assert_snapshot!(app::current_container(names, &shop.repository, web), @r#"{ docker ps --latest --format '{{.Names}}' --filter label=service=shop --filter label=destination= --filter label=role=web --filter status=running --filter status=restarting --filter ancestor="$(docker image ls --format '{{.ID}}' --filter reference=ghcr.io/acme/shop:latest)" | grep . || docker ps --latest --format '{{.Names}}' --filter label=service=shop --filter label=destination= --filter label=role=web --filter status=running --filter status=restarting ; } | head -1"#);
    insta::assert_snapshot!(app::containers_of_service(names), @r#"docker ps --all --filter label=service=shop --filter label=destination= --format '{{.Names}}\t{{.State}}\t{{.Label "role"}}\t{{.Image}}'"#);
    insta::assert_snapshot!(app::stop("shop-web-1111111", web.stop_timeout), @r#"id="$(docker container ls --all --filter 'name=^shop-web-1111111$' --quiet)" && { test -z "$id" || docker stop "$id" ; }"#);
    insta::assert_snapshot!(app::stop("shop-workers-1111111", workers.stop_timeout), @r#"id="$(docker container ls --all --filter 'name=^shop-workers-1111111$' --quiet)" && { test -z "$id" || docker stop -t 30 "$id" ; }"#);
    let replaced = names.replaced_container(web, &shop.version, "419b0939862b8584");
    insta::assert_snapshot!(app::rename("shop-web-1111111", &replaced), @"docker rename shop-web-1111111 shop-web-1111111_replaced_419b0939862b8584");
    insta::assert_snapshot!(app::details(names, web), @"docker ps --filter label=service=shop --filter label=destination= --filter label=role=web");
    insta::assert_snapshot!(app::containers(names), @"docker container ls --all --filter label=service=shop --filter label=destination=");
    insta::assert_snapshot!(app::remove_stopped(names, web), @"docker container prune --force --filter label=service=shop --filter label=destination= --filter label=role=web");
    insta::assert_snapshot!(app::stop_all(names, workers), @r#"ids=$(docker ps --quiet --filter label=service=shop --filter label=destination= --filter label=role=workers) && { test -z "$ids" || docker stop -t 30 $ids ; }"#);
    insta::assert_snapshot!(app::last_lines("shop-web-1111111", 50), @"docker logs --timestamps --tail 50 shop-web-1111111 2>&1");
    insta::assert_snapshot!(app::diagnose("shop-web-1111111"), @"docker inspect --format 'state {{.State.Status}}, exit code {{.State.ExitCode}}, out of memory {{.State.OOMKilled}}, restarts {{.RestartCount}}{{if .State.Error}}, error {{.State.Error}}{{end}}{{if .State.Health}}, health {{json .State.Health}}{{end}}' shop-web-1111111");
}

#[test]
fn commands_run_in_the_app() {
    let shop = shop();
    let web = shop.role("web");
    let exec = |attached| Exec {
        command: "bin/rails c 'x'".to_owned(),
        env: vec![dhow_config::Pair {
            name: "A".to_owned(),
            value: "b".to_owned(),
        }],
        attached,
    };
    insta::assert_snapshot!(app::exec_in("shop-web-2222222", &exec(Attached::Terminal)), @r#"docker exec -it --env A="b" shop-web-2222222 bin/rails c 'x'"#);
    insta::assert_snapshot!(app::exec_in("shop-web-2222222", &exec(Attached::Nothing)), @r#"docker exec --env A="b" shop-web-2222222 bin/rails c 'x'"#);
    let image = shop.repository.latest();
    let container = shop.names.exec_container(web, image.tag(), "ff8aed");
    let in_new = |attached, detach| {
        let new = NewExec {
            exec: &exec(attached),
            container: &container,
            image: &image,
            detach,
        };
        app::exec_in_new(&shop.config, &shop.names, web, &web.hosts[0].host, &new).to_string()
    };
    insta::assert_snapshot!(in_new(Attached::Terminal, false), @r#"docker run -it --rm --name shop-web-exec-latest-ff8aed --network kamal --env DB_HOST="10.0.0.9" --env-file .kamal/apps/shop/env/roles/web.env --env A="b" --log-opt max-size="10m" --volume data:/data ghcr.io/acme/shop:latest bin/rails c 'x'"#);
    insta::assert_snapshot!(in_new(Attached::Input, false), @r#"docker run -i --rm --name shop-web-exec-latest-ff8aed --network kamal --env DB_HOST="10.0.0.9" --env-file .kamal/apps/shop/env/roles/web.env --env A="b" --log-opt max-size="10m" --volume data:/data ghcr.io/acme/shop:latest bin/rails c 'x'"#);
    insta::assert_snapshot!(in_new(Attached::Nothing, true), @r#"docker run --detach --name shop-web-exec-latest-ff8aed --network kamal --env DB_HOST="10.0.0.9" --env-file .kamal/apps/shop/env/roles/web.env --env A="b" --log-opt max-size="10m" --volume data:/data ghcr.io/acme/shop:latest bin/rails c 'x'"#);
}

#[test]
fn logs_are_asked_for_in_parts() {
    let whole = LogRange::default();
    insta::assert_snapshot!(whole.of_name("kamal-proxy"), @"docker logs kamal-proxy 2>&1");
    let part = LogRange {
        since: Some("10m".to_owned()),
        lines: Some(100),
        grep: Some("it's $5".to_owned()),
        grep_options: Some("-A 3".to_owned()),
        timestamps: true,
        follow: false,
    };
    insta::assert_snapshot!(part.of(app::container_id("shop-web-1")), @r"docker container ls --all --filter 'name=^shop-web-1$' --quiet | xargs -r docker logs --timestamps --since 10m --tail 100 2>&1 | grep -e 'it'\''s $5' -A 3");
    let followed = LogRange {
        lines: Some(10),
        timestamps: true,
        follow: true,
        ..LogRange::default()
    };
    insta::assert_snapshot!(followed.of_name("kamal-proxy"), @"docker logs kamal-proxy --timestamps --tail 10 --follow 2>&1");
}

#[test]
fn old_things_are_pruned() {
    let shop = shop();
    insta::assert_snapshot!(prune::containers(&shop.names, shop.config.retain_containers), @r#"docker ps -q -a --filter label=service=shop --filter status=created --filter status=exited --filter status=dead | tail -n +6 | while read container_id; do docker rm "$container_id"; done"#);
    insta::assert_snapshot!(prune::dangling_images(&shop.names), @"docker image prune --force --filter label=service=shop");
    insta::assert_snapshot!(prune::tagged_images(&shop.names, &shop.repository), @r#"{ docker image ls --filter label=service=shop --format '{{.ID}} {{.Repository}}:{{.Tag}}' ; docker image ls ghcr.io/acme/shop --format '{{.ID}} {{.Repository}}:{{.Tag}}' | grep -v "^\($(docker image ls --filter label=service --format '{{.ID}}\|' | tr -d '\n')none\)" ; } | grep -v -w "$(docker container ls -a --format '{{.Image}}\|' --filter label=service=shop | tr -d '\n')ghcr.io/acme/shop:latest\|ghcr.io/acme/shop:<none>" | while read image tag; do docker rmi "$tag"; done"#);
}

#[test]
fn the_audit_log_has_kamals_tags() {
    let auditor = Auditor {
        recorded_at: "2026-01-02T03:04:05Z".to_owned(),
        performer: "deploy@example.com".to_owned(),
    };
    let shop = shop();
    let web = &shop.role("web").name;
    insta::assert_snapshot!(auditor.record(&shop.names, None, "Pulled image with version 1111111"), @r"mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [deploy@example.com] Pulled image with version 1111111' >> .kamal/shop-audit.log");
    insta::assert_snapshot!(auditor.record(&shop.names, Some(web), "Booted app version 1111111"), @r"mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [deploy@example.com] [web] Booted app version 1111111' >> .kamal/shop-audit.log");
    let staging = Shop::of(SHOP, Some("staging"));
    insta::assert_snapshot!(auditor.record(&staging.names, Some(web), "Stopped app"), @r"mkdir -p .kamal && printf '%s\n' '[2026-01-02T03:04:05Z] [deploy@example.com] [staging] [web] Stopped app' >> .kamal/shop-staging-audit.log");
}

#[test]
fn the_lock_is_kamals() {
    let details = LockDetails {
        holder: "Dee Ployer".to_owned(),
        since: "2026-11-21T00:07:20Z".to_owned(),
        version: "1111111".to_owned(),
        message: "Automatic deploy lock".to_owned(),
    };
    let shop = shop();
    // The reference's first line of base64 is the same: `TG9ja2VkIGJ5OiBEZWUgUGxveWVyIGF0IDIwMjYtMTEtMjFUMDA6MDc6MjBa`.
    insta::assert_snapshot!(lock::acquire(&shop.names, &details), @r"
    mkdir -p .kamal && { mkdir .kamal/lock-shop || { test -d .kamal/lock-shop || exit 1 ; base64 -d < .kamal/lock-shop/details 2>/dev/null ; exit 75 ; } ; } && { echo 'TG9ja2VkIGJ5OiBEZWUgUGxveWVyIGF0IDIwMjYtMTEtMjFUMDA6MDc6MjBa
    ClZlcnNpb246IDExMTExMTEKTWVzc2FnZTogQXV0b21hdGljIGRlcGxveSBs
    b2Nr
    ' > .kamal/lock-shop/details || { rm -rf .kamal/lock-shop ; exit 1 ; } ; }
    ");
    insta::assert_snapshot!(lock::status(&shop.names), @"{ test -d .kamal/lock-shop || exit 76 ; } && base64 -d < .kamal/lock-shop/details 2>/dev/null");
    insta::assert_snapshot!(lock::release(&shop.names), @"{ test -d .kamal/lock-shop || exit 76 ; } && rm -rf .kamal/lock-shop");
}

#[test]
fn secrets_are_written_where_only_the_user_reads_them() {
    let shop = shop();
    let web = shop.role("web");
    insta::assert_snapshot!(server::make_directory(&shop.names.role_env_directory()), @"mkdir -p .kamal/apps/shop/env/roles");
    insta::assert_snapshot!(server::write_private_file(&shop.names.role_env_file(web)), @"umask 077 && cat > .kamal/apps/shop/env/roles/web.env.new && mv -f .kamal/apps/shop/env/roles/web.env.new .kamal/apps/shop/env/roles/web.env");
    insta::assert_snapshot!(shop.names.accessory_env_file(shop.accessory()), @".kamal/apps/shop/env/accessories/db.env");
    insta::assert_snapshot!(server::remove_app_directory(&shop.names), @"rm -rf .kamal/apps/shop");
    insta::assert_snapshot!(server::remove_proxy_app_directory(&shop.names), @"rm -rf .kamal/proxy/apps-config/shop");
}
