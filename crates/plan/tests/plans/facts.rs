//! Asking hosts and reading what they answer.

use dhow_names::Digest;
use dhow_plan::facts::{Answer, Engine, HostFacts, ImageStore, Inquiry};
use dhow_roles::{Fleet, Selection};

use crate::scenario::{Scenario, plan};

fn answer(exit_code: i32, output: &str) -> Answer {
    Answer {
        exit_code,
        output: output.to_owned(),
        errors: "it said".to_owned(),
    }
}

fn shop() -> Scenario {
    plan(
        "servers: {web: [10.0.0.1], jobs: {hosts: [10.0.0.1, 10.0.0.2]}}\n\
         accessories: {db: {image: 'mysql:8', host: 10.0.0.9}}\n",
    )
}

/// The facts of a host that answers each question for which `part` stands with this, and nothing else.
fn read(host: &str, answers: &[(&str, Answer)]) -> Result<HostFacts, String> {
    let shop = shop();
    let fleet = Fleet::select(&shop.config, &Selection::default()).unwrap();
    let inquiry = Inquiry::about(&fleet, &host.parse().unwrap());
    let work = inquiry.work();
    let given: Vec<Answer> = work.blocks[0]
        .steps
        .iter()
        .map(|step| {
            let command = step.command.to_string();
            let found = answers.iter().find(|(part, _)| command.contains(part));
            match found {
                Some((_, answer)) => answer.clone(),
                None if command.starts_with("docker version") => answer(0, "28.5.1 amd64\n"),
                None if command.contains("lock-shop") => answer(76, ""),
                None => answer(0, ""),
            }
        })
        .collect();
    inquiry.read(&given).map_err(|error| error.to_string())
}

#[test]
fn each_host_is_asked_what_matters_there() {
    let shop = shop();
    let fleet = Fleet::select(&shop.config, &Selection::default()).unwrap();
    let asked = |host: &str| {
        let work = Inquiry::about(&fleet, &host.parse().unwrap()).work();
        let mut plan = dhow_plan::Plan::default();
        plan.add(dhow_plan::Phase::on_hosts("Look", vec![work]));
        plan
    };
    insta::assert_snapshot!(format!("{:#}", asked("10.0.0.1")), @r#"
    Look
      10.0.0.1
        look at the engine
          $ docker version --format '{{.Server.Version}} {{.Server.Arch}}'
        look for the network
          $ docker network ls --format '{{.Name}}' | grep -qx kamal
        look at the containers
          $ docker ps --all --filter label=service=shop --filter label=destination= --format '{{.Names}}\t{{.State}}\t{{.Label "role"}}\t{{.Image}}'
        look at the images
          $ docker image ls ghcr.io/acme/shop --digests --format '{{.Tag}} {{.Digest}}'
        look which container of web serves
          $ { { served=$(docker exec kamal-proxy kamal-proxy list 2>/dev/null) ; docker ps --format '{{.ID}}: {{.Names}}' --filter label=service=shop --filter label=destination= --filter label=role=web --filter status=running | while read -r id name; do case $served in *"$id"*) echo "$name" ;; esac; done ; } | grep . || { docker ps --latest --format '{{.Names}}' --filter label=service=shop --filter label=destination= --filter label=role=web --filter status=running --filter status=restarting --filter ancestor="$(docker image ls --format '{{.ID}}' --filter reference=ghcr.io/acme/shop:latest)" | grep . || docker ps --latest --format '{{.Names}}' --filter label=service=shop --filter label=destination= --filter label=role=web --filter status=running --filter status=restarting ; } | head -1 ; } | head -1
        look which container of jobs serves
          $ { docker ps --latest --format '{{.Names}}' --filter label=service=shop --filter label=destination= --filter label=role=jobs --filter status=running --filter status=restarting --filter ancestor="$(docker image ls --format '{{.ID}}' --filter reference=ghcr.io/acme/shop:latest)" | grep . || docker ps --latest --format '{{.Names}}' --filter label=service=shop --filter label=destination= --filter label=role=jobs --filter status=running --filter status=restarting ; } | head -1
        look at the proxy
          $ docker inspect --format '{{.State.Status}} {{.Config.Image}}' kamal-proxy 2>/dev/null
        look which apps there are
          $ ls .kamal/apps 2>/dev/null
        look at the deploy lock
          $ { test -d .kamal/lock-shop || exit 76 ; } && base64 -d < .kamal/lock-shop/details 2>/dev/null
    "#);
    insta::assert_snapshot!(format!("{:#}", asked("10.0.0.9")), @r"
    Look
      10.0.0.9
        look at the engine
          $ docker version --format '{{.Server.Version}} {{.Server.Arch}}'
        look for the network
          $ docker network ls --format '{{.Name}}' | grep -qx kamal
        look at the proxy
          $ docker inspect --format '{{.State.Status}} {{.Config.Image}}' kamal-proxy 2>/dev/null
        look which apps there are
          $ ls .kamal/apps 2>/dev/null
        look for db
          $ docker ps -a -q --filter label=service=shop-db
    ");
}

#[test]
fn nothing_is_changed_by_asking() {
    let shop = shop();
    let fleet = Fleet::select(&shop.config, &Selection::default()).unwrap();
    for host in fleet.hosts() {
        for step in &Inquiry::about(&fleet, host).work().blocks[0].steps {
            let line = step.command.exposed();
            let words: Vec<&str> = line.split(' ').collect();
            for change in [
                "rm", "run", "stop", "start", "create", "mkdir", "pull", "tag", "rename", "prune",
                ">",
            ] {
                assert!(!words.contains(&change), "{change} in {line}");
            }
        }
    }
}

#[test]
fn a_busy_host_is_read_whole() {
    let facts = read(
        "10.0.0.1",
        &[
            (
                "ps --all",
                answer(0, "shop-web-2\trunning\tweb\tghcr.io/acme/shop:2\nshop-web-1\texited\tweb\t0a0b0c0d0e0f\nshop-jobs-2\trestarting\tjobs\n"),
            ),
            ("label=role=web", answer(0, "shop-web-2\n")),
            ("label=role=jobs", answer(0, "shop-jobs-2\n")),
            ("image ls acme", answer(0, "")),
            ("image ls ghcr.io", answer(0, "latest <none>\n2 <none>\n")),
            ("kamal-proxy", answer(0, "running basecamp/kamal-proxy:v0.9.2\n")),
            ("ls .kamal/apps", answer(0, "shop\nblog\n")),
            ("lock-shop", answer(0, "Locked by: Dee at …\nVersion: 2\nMessage: x")),
        ],
    )
    .unwrap();
    insta::assert_debug_snapshot!(facts, @r#"
    HostFacts {
        engine: Running {
            version: Some(
                "28.5.1",
            ),
            architecture: Some(
                "amd64",
            ),
        },
        network: true,
        containers: [
            Container {
                name: "shop-web-2",
                state: "running",
                role: "web",
                image: "ghcr.io/acme/shop:2",
            },
            Container {
                name: "shop-web-1",
                state: "exited",
                role: "web",
                image: "0a0b0c0d0e0f",
            },
            Container {
                name: "shop-jobs-2",
                state: "restarting",
                role: "jobs",
                image: "",
            },
        ],
        current: {
            RoleName(
                "jobs",
            ): "shop-jobs-2",
            RoleName(
                "web",
            ): "shop-web-2",
        },
        proxy: Some(
            ProxyContainer {
                running: true,
                tag: "v0.9.2",
            },
        ),
        accessories: [],
        compared: {},
        accessory_containers: {},
        images: [
            KeptImage {
                tag: "latest",
                digests: [],
            },
            KeptImage {
                tag: "2",
                digests: [],
            },
        ],
        store: None,
        apps: [
            "shop",
            "blog",
        ],
        lock: Some(
            "Locked by: Dee at …\nVersion: 2\nMessage: x",
        ),
    }
    "#);
}

#[test]
fn a_bare_host_is_read_too() {
    let facts = read("10.0.0.2", &[("network", answer(1, ""))]).unwrap();
    let engine = Engine::Running {
        version: Some("28.5.1".to_owned()),
        architecture: Some("amd64".to_owned()),
    };
    assert_eq!(
        facts,
        HostFacts {
            engine,
            ..HostFacts::default()
        }
    );
}

#[test]
fn engines_that_do_not_answer_say_why() {
    let engine = |exit_code| {
        let odd = [("docker version", answer(exit_code, ""))];
        read("10.0.0.2", &odd).unwrap().engine
    };
    assert_eq!(engine(127), Engine::Missing);
    let silent = Engine::Silent {
        said: "it said".to_owned(),
    };
    assert_eq!(engine(1), silent);
    assert_eq!(engine(125), silent);
    let odd = [("docker version", answer(0, "podman\n"))];
    let nameless = Engine::Running {
        version: None,
        architecture: None,
    };
    assert_eq!(read("10.0.0.2", &odd).unwrap().engine, nameless);
}

#[test]
fn the_proxys_tag_is_found_in_any_reference() {
    let table = [
        (
            "running basecamp/kamal-proxy:v0.9.2\n",
            Some((true, "v0.9.2")),
        ),
        ("exited r.example:5000/own/proxy:1\n", Some((false, "1"))),
        ("running r.example:5000/own/proxy\n", Some((true, "latest"))),
        ("running own/proxy:v1@sha256:0a0b0c\n", Some((true, "v1"))),
        ("running own/proxy@sha256:0a0b0c\n", Some((true, "latest"))),
        ("", None),
    ];
    for (output, expected) in table {
        let facts = read("10.0.0.1", &[("kamal-proxy", answer(0, output))]).unwrap();
        let proxy = facts.proxy.as_ref().map(|it| (it.running, it.tag.as_str()));
        assert_eq!(proxy, expected, "{output}");
    }
}

#[test]
fn an_image_has_a_line_for_each_of_its_digests() {
    let (old, new) = (Digest::of(b"old"), Digest::of(b"new"));
    let listed = format!("latest {new}\n2 {new}\n2 {old}\n1 <none>\n<none> {old}\n<none> <none>\n");
    let facts = read("10.0.0.1", &[("image ls ghcr.io", answer(0, &listed))]).unwrap();
    let tags: Vec<&str> = facts
        .images
        .iter()
        .map(|image| image.tag.as_str())
        .collect();
    assert_eq!(tags, ["latest", "2", "1"]);
    assert!(facts.has("2", new) && facts.has("2", old) && facts.has("latest", new));
    assert!(!facts.has("latest", old) && !facts.has("1", new));
}

#[test]
fn what_a_pull_depends_on_is_known_as_far_as_it_is_told() {
    let store = |text: &str| {
        let shop = shop();
        let fleet = Fleet::select(&shop.config, &Selection::default()).unwrap();
        let inquiry = Inquiry::about(&fleet, &"10.0.0.2".parse().unwrap()).and_the_store(&fleet);
        let work = inquiry.work();
        let said = |step: &dhow_plan::Step| {
            let command = step.command.to_string();
            let is_it = command.contains("docker info");
            answer(0, if is_it { text } else { "" })
        };
        let answers: Vec<Answer> = work.blocks[0].steps.iter().map(said).collect();
        inquiry.read(&answers).unwrap().store
    };
    let registries = r#"{"InsecureRegistryCIDRs":["127.0.0.0/8"],"IndexConfigs":{"docker.io":{"Secure":true},"registry:5000":{"Secure":false}},"Mirrors":["https://mirror.example/"]}"#;
    let disk = "/dev/vda1 20511312 8152380 11291700 42% /";
    assert_eq!(
        store(&format!("/var/lib/docker|{registries}\n{disk}\n")),
        Some(ImageStore {
            free: Some(11_291_700 * 1024),
            mirror: Some("https://mirror.example/".to_owned()),
            plain: vec!["registry:5000".to_owned()],
        })
    );
    // No disk, and an engine that says nothing of registries.
    assert_eq!(store("/x|null\n"), Some(ImageStore::default()));
    assert_eq!(store("/x|{\"Mirrors\":null}"), Some(ImageStore::default()));
    assert_eq!(store(""), None);
}

#[test]
fn a_held_lock_is_held_even_when_it_cannot_be_read() {
    let lock = |exit_code, output: &str| {
        let odd = [("lock-shop", answer(exit_code, output))];
        read("10.0.0.1", &odd).unwrap().lock
    };
    assert_eq!(lock(76, ""), None);
    assert_eq!(
        lock(0, "Locked by: Dee\n").as_deref(),
        Some("Locked by: Dee")
    );
    assert_eq!(lock(1, "").as_deref(), Some(""));
}

#[test]
fn what_cannot_be_read_is_quoted() {
    let odd = read(
        "10.0.0.2",
        &[("ps --all", answer(0, "shop-web-1 running web\n"))],
    );
    insta::assert_snapshot!(odd.unwrap_err(), @r#"the answer "shop-web-1 running web" cannot be read: a container's name, state and role was expected"#);
    let odd = read("10.0.0.2", &[("ps --all", answer(1, ""))]);
    insta::assert_snapshot!(odd.unwrap_err(), @r#"the answer "it said" cannot be read: a list of containers was expected"#);
}

#[test]
fn a_container_of_another_role_is_none_of_this_one() {
    let shop = plan("servers: {web: [10.0.0.1], web-2: {hosts: [10.0.0.1]}}\n")
        .container("web-2", "10.0.0.1", "1111111", "running");
    let names = dhow_docker::Names::of(&shop.config);
    let web = shop.config.role(&"web".parse().unwrap()).unwrap();
    let two = shop.config.role(&"web-2".parse().unwrap()).unwrap();
    let facts = shop.facts.of(&"10.0.0.1".parse().unwrap());
    assert_eq!(facts.current_version(&names, web), None);
    assert_eq!(facts.current_version(&names, two), Some("1111111"));
}
