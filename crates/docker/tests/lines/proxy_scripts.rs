//! Scripts around the proxy: traffic is switched, a service is taken out, the proxy is replaced.

use std::{fs, time::Duration};

use dhow_docker::{app, proxy};

use crate::{
    example::{SHOP, Shop},
    host::{SHELLS, StubHost},
};

/// The proxy's list as the original prints it, colours and all (kamal-proxy §2).
fn list(service: &str, target: &str) -> String {
    format!(
        "\u{1b}[3;94mService\u{1b}[0m  \u{1b}[3;94mHost\u{1b}[0m\n\
         \u{1b}[1;34m{service}\u{1b}[0m  \u{1b}[m*\u{1b}[0m  \u{1b}[m/\u{1b}[0m  \u{1b}[m{target}\u{1b}[0m  \
         \u{1b}[mrunning\u{1b}[0m  \u{1b}[mno\u{1b}[0m  \n"
    )
}

#[test]
fn a_new_container_is_stopped_unless_it_has_the_traffic() {
    let serves = list("shop-web", "c45795d27733:3000");
    let other = list("shop-web", "aaaaaaaaaaaa:3000");
    let none = String::new();
    let table = [
        // The id, the list before the stop, the list after it, exit code, what follows the first question.
        ("c45795d27733", &serves, &serves, 0, "list"),
        (
            "c45795d27733",
            &other,
            &other,
            proxy::STOPPED,
            "list stop list",
        ),
        ("c45795d27733", &other, &serves, 0, "list stop list start"),
        ("", &other, &other, proxy::STOPPED, ""),
        // A proxy that does not answer.
        ("c45795d27733", &none, &none, proxy::UNANSWERED, "list"),
    ];
    for (id, before, after, exit_code, expected) in table {
        for shell in SHELLS {
            let host = StubHost::with_docker(
                r#"case "$*" in
                "container ls"*) cat "$HOME/id" ;;
                *" list") [ -s "$HOME/list" ] && cat "$HOME/list" ;;
                stop*) cp "$HOME/after" "$HOME/list" ;;
                esac"#,
            );
            for (file, text) in [("id", id), ("list", before), ("after", after)] {
                fs::write(host.path().join(file), text).unwrap();
            }
            let line = proxy::keep_if_serving("shop-web-1", Some(Duration::from_secs(30)));
            let done = host.run(shell, &line.exposed());
            assert_eq!(
                done.exit_code,
                Some(exit_code),
                "{expected}: {}",
                done.stderr
            );
            let asked = host.asked();
            let words: Vec<&str> = asked
                .lines()
                .skip(1)
                .map(|line| match line.split(' ').nth(1) {
                    Some("exec") => "list",
                    Some(word) => word,
                    None => "",
                })
                .collect();
            assert_eq!(words.join(" "), expected);
            if expected.contains("stop") {
                assert!(
                    asked.contains("docker stop -t 30 c45795d27733\n"),
                    "{asked}"
                );
            }
        }
    }
}

#[test]
fn traffic_is_switched_to_a_container_that_is_there() {
    let shop = Shop::of(SHOP, None);
    for shell in SHELLS {
        let host = StubHost::with_docker("case $1 in container) cat \"$HOME/id\" ;; esac");
        fs::write(host.path().join("id"), "c45795d27733\n").unwrap();
        let done = host.run(shell, &shop.proxy_deploy("web"));
        assert_eq!(done.exit_code, Some(0), "{}", done.stderr);
        let asked = host.asked();
        let told = "\ndocker exec kamal-proxy kamal-proxy deploy shop-web --target=c45795d27733:3000 --host=";
        assert!(asked.contains(told), "{asked}");

        fs::write(host.path().join("id"), "").unwrap();
        let done = host.run(shell, &shop.proxy_deploy("web"));
        assert_ne!(done.exit_code, Some(0));
        let complaint = "the container is not there, did it boot?";
        assert!(done.stderr.contains(complaint), "{}", done.stderr);
        assert_eq!(host.asked().matches("exec").count(), 1, "{}", host.asked());
    }
}

#[test]
fn a_service_is_taken_out_of_the_proxy_when_it_is_there() {
    let plain = "Service  Host\nshop-web  *\n".to_owned();
    let table = [
        (list("shop-web", "a:1"), true),
        (plain, true),
        (list("shop-web-2", "a:1"), false),
        (list("a-shop-web", "a:1"), false),
        (String::new(), false),
    ];
    for (list, removed) in table {
        for shell in SHELLS {
            let host =
                StubHost::with_docker("case \"$*\" in *\" list\") cat \"$HOME/list\" ;; esac");
            fs::write(host.path().join("list"), &list).unwrap();
            let done = host.run(shell, &proxy::remove("shop-web").exposed());
            assert_eq!(done.exit_code, Some(0), "{}", done.stderr);
            let asked = host.asked();
            let told = asked.contains("docker exec kamal-proxy kamal-proxy remove shop-web\n");
            assert_eq!(told, removed, "{list}");
        }
    }
}

#[test]
fn the_proxys_image_is_found_in_the_hosts_files() {
    let table: [(&[(&str, &str)], &str); 4] = [
        (&[], "basecamp/kamal-proxy:v0.9.2"),
        (
            &[(
                "options",
                "--publish=80:80 --log-opt max-size=1m --expose=9090",
            )],
            "basecamp/kamal-proxy:v0.9.2",
        ),
        (
            &[("options", ""), ("image_version", "v0.9.9")],
            "basecamp/kamal-proxy:v0.9.9",
        ),
        (
            &[
                ("image", "r.example:5000/own/kamal-proxy"),
                ("run_command", "kamal-proxy run --debug"),
            ],
            "r.example:5000/own/kamal-proxy:v0.9.2",
        ),
    ];
    for (files, image) in table {
        for shell in SHELLS {
            let host = StubHost::with_docker("case $1 in container) exit 1 ;; esac");
            fs::create_dir_all(host.path().join(".kamal/proxy")).unwrap();
            for (file, text) in files {
                fs::write(host.path().join(".kamal/proxy").join(file), text).unwrap();
            }
            let done = host.run(shell, &proxy::pull(None).exposed());
            assert_eq!(done.exit_code, Some(0), "{}", done.stderr);
            assert_eq!(host.asked(), format!("docker pull {image}\n"));
            let done = host.run(shell, &proxy::boot(None).exposed());
            assert_eq!(done.exit_code, Some(0), "{}", done.stderr);
            let asked = host.asked();
            assert!(
                asked.contains("\ndocker container start kamal-proxy\n"),
                "{asked}"
            );
            let run = asked.lines().last().unwrap();
            assert!(
                run.starts_with("docker run --name kamal-proxy --network kamal --detach "),
                "{run}"
            );
            assert!(run.contains(&format!(" {image}")), "{run}");
            let volume = format!(
                " --volume {}/.kamal/proxy/apps-config:/home/kamal-proxy/.apps-config ",
                host.path().display()
            );
            assert!(run.contains(&volume), "{run}");
        }
    }
}

#[test]
fn a_proxy_that_is_there_is_only_started() {
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        assert_eq!(
            host.run(shell, &proxy::boot(None).exposed()).exit_code,
            Some(0)
        );
        assert_eq!(host.asked(), "docker container start kamal-proxy\n");
    }
}

#[test]
fn behind_a_proxy_the_container_with_the_traffic_is_the_one_that_serves() {
    let shop = Shop::of(SHOP, None);
    let running = "aaaaaaaaaaaa: shop-web-1\nbbbbbbbbbbbb: shop-web-2\n";
    let table = [
        // Cut off between switch and tag: the new one has the traffic, the old one the latest image.
        (
            list("shop-web", "bbbbbbbbbbbb:3000"),
            running,
            "shop-web-2\n",
        ),
        (
            list("shop-web", "aaaaaaaaaaaa:3000"),
            running,
            "shop-web-1\n",
        ),
        // The proxy knows nobody of this role, or does not answer.
        (
            list("blog-web", "cccccccccccc:3000"),
            running,
            "shop-web-1\n",
        ),
        (String::new(), running, "shop-web-1\n"),
        (list("shop-web", "bbbbbbbbbbbb:3000"), "", "shop-web-1\n"),
    ];
    for (proxy, running, expected) in table {
        for shell in SHELLS {
            let host = StubHost::with_docker(
                r#"case "$*" in
                *" list") cat "$HOME/proxy" ;;
                "image ls"*) echo 0123456789ab ;;
                *ancestor=0123456789ab) echo shop-web-1 ;;
                "ps --latest"*) echo shop-web-2 ;;
                ps*) cat "$HOME/running" ;;
                esac"#,
            );
            fs::write(host.path().join("proxy"), &proxy).unwrap();
            fs::write(host.path().join("running"), running).unwrap();
            let (web, workers) = (shop.role("web"), shop.role("workers"));
            let line = app::serving_container(&shop.names, &shop.repository, web);
            assert_eq!(host.run(shell, &line.exposed()).stdout, expected, "{proxy}");
            // A role without proxy asks nobody for traffic.
            let line = app::serving_container(&shop.names, &shop.repository, workers);
            assert!(!line.exposed().contains("kamal-proxy"));
        }
    }
}

/// Containers are files; what is in one tells whether it answers.
const CONTAINERS: &str = r#"cd "$HOME/containers" || exit 9
case "$1 $2" in
  "inspect --type") [ -e "$4" ] ;;
  "inspect --format") cat "$4" ;;
  "rm --force") rm -f "$3" ;;
  "rename "*) mv "$2" "$3" ;;
  "container start") [ -e "$3" ] && echo running > "$3" ;;
  "container stop") [ -e "$3" ] && echo exited > "$3" ;;
  "container ls") case $* in *"^kamal-proxy\$"*) [ ! -e kamal-proxy ] || echo kamal-proxy ;; esac ;;
  "exec "*) grep -q answers "$2" ;;
  "logs "*) echo "no such file: state" ;;
esac"#;

/// Names and what their files say.
type Containers<'a> = &'a [(&'a str, &'a str)];

#[test]
fn a_proxy_that_does_not_answer_makes_room_for_the_old_one() {
    let (old, next) = ("kamal-proxy", "kamal-proxy-next");
    let stopped = [(old, "exited")];
    // What lies there when something fails, and what serves afterwards.
    let table: [(Containers<'_>, Containers<'_>); 5] = [
        (&stopped, &[(old, "running")]),
        (
            &[(old, "exited"), (next, "restarting")],
            &[(old, "running")],
        ),
        (&[(next, "running, answers")], &[(old, "running, answers")]),
        (&[(next, "restarting")], &[]),
        (&[], &[]),
    ];
    for (shell, (before, after)) in SHELLS
        .iter()
        .flat_map(|shell| table.map(|row| (shell, row)))
    {
        let host = StubHost::with_docker(CONTAINERS);
        let folder = host.path().join("containers");
        fs::create_dir(&folder).unwrap();
        for (name, state) in before {
            fs::write(folder.join(name), format!("{state}\n")).unwrap();
        }
        host.run(shell, &proxy::put_back().exposed());
        let mut left: Vec<(String, String)> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| (name.clone(), host.read(&format!("containers/{name}"))))
            .collect();
        left.sort();
        let after = after
            .iter()
            .map(|(name, state)| ((*name).to_owned(), format!("{state}\n")));
        assert_eq!(left, after.collect::<Vec<_>>(), "{shell:?} {before:?}");
    }
}

#[test]
fn why_a_proxy_that_is_there_does_not_start_is_told() {
    for (why, told) in [
        (
            "port is already allocated",
            "the name is in use\nport is already allocated\n",
        ),
        // It need not be there.
        (
            "Error: No such container: kamal-proxy",
            "the name is in use\n",
        ),
    ] {
        for shell in SHELLS {
            let host = StubHost::with_docker(
                r#"case "$1 $2" in
                "container start") cat "$HOME/why" >&2; exit 1 ;;
                *) echo "the name is in use" >&2; exit 125 ;;
                esac"#,
            );
            fs::write(host.path().join("why"), why).unwrap();
            let done = host.run(shell, &proxy::boot(None).exposed());
            assert_ne!(done.exit_code, Some(0));
            assert_eq!(done.stderr, told, "{shell:?}");
        }
    }
}

#[test]
fn nothing_is_taken_for_removed_when_the_engine_does_not_say_what_there_is() {
    for shell in SHELLS {
        let gone = StubHost::with_docker("exit 1");
        let line = proxy::remove_container().exposed();
        assert_eq!(gone.run(shell, &line).exit_code, Some(1), "{shell:?}");
        let none = StubHost::with_docker("exit 0");
        assert_eq!(none.run(shell, &line).exit_code, Some(0), "{shell:?}");
        assert_eq!(none.asked().lines().count(), 1);
        let two = StubHost::with_docker("case $2 in ls) echo 1; echo 2 ;; esac");
        assert_eq!(two.run(shell, &line).exit_code, Some(0), "{shell:?}");
        assert!(two.asked().ends_with("docker rm --force 1 2\n"));
    }
}

#[test]
fn a_host_without_traefik_has_none_to_stop_or_to_start() {
    for shell in SHELLS {
        let host = StubHost::with_docker(CONTAINERS);
        let folder = host.path().join("containers");
        fs::create_dir(&folder).unwrap();
        for line in [proxy::stop_traefik(), proxy::start_traefik()] {
            let done = host.run(shell, &line.exposed());
            assert_eq!(done.exit_code, Some(0), "{shell:?} {}", done.stderr);
        }
        fs::write(folder.join("traefik"), "running\n").unwrap();
        for (line, state) in [
            (proxy::stop_traefik(), "exited\n"),
            (proxy::start_traefik(), "running\n"),
        ] {
            let done = host.run(shell, &line.exposed());
            assert_eq!(done.exit_code, Some(0), "{shell:?} {}", done.stderr);
            assert_eq!(host.read("containers/traefik"), state, "{shell:?}");
        }
    }
}

#[test]
fn a_new_proxy_is_waited_for_until_it_answers_or_ends() {
    for shell in SHELLS {
        for (state, exit_code, said) in [
            ("running, answers", 0, ""),
            (
                "exited, exit code 1",
                1,
                "the new proxy does not answer (exited, exit code 1)\nno such file: state\n",
            ),
            (
                "running",
                1,
                "the new proxy does not answer (running)\nno such file: state\n",
            ),
        ] {
            let host = StubHost::with_docker(CONTAINERS);
            fs::create_dir(host.path().join("containers")).unwrap();
            fs::write(host.path().join("containers/kamal-proxy-next"), state).unwrap();
            let done = host.run(
                shell,
                &proxy::wait_for_next(Duration::from_secs(1)).exposed(),
            );
            assert_eq!(done.exit_code, Some(exit_code), "{shell:?} {state}");
            assert_eq!(done.stderr, said, "{shell:?} {state}");
        }
    }
}

#[test]
fn services_that_lost_their_route_are_named() {
    let table = "printf '\\033[3;94mService\\033[0m  \\033[3;94mHost\\033[0m  \\n\
                 \\033[1;34mblog-web\\033[0m  \\033[ma.b\\033[0m  \\nshop.web  c.d  \\n'";
    let expected = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<Vec<_>>()
    };
    for shell in SHELLS {
        let host = StubHost::with_docker(table);
        let all = proxy::check_routes(&expected(&["blog-web", "shop.web"])).exposed();
        let done = host.run(shell, &all);
        assert_eq!((done.exit_code, done.stderr.as_str()), (Some(0), ""));
        let lost = proxy::check_routes(&expected(&["blog-web", "blog", "shopxweb"])).exposed();
        let done = host.run(shell, &lost);
        assert_eq!(done.exit_code, Some(1));
        assert_eq!(
            done.stderr, "without a route now: blog shopxweb\n",
            "{shell:?}"
        );
    }
}
