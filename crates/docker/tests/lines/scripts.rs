//! Lines with decisions in them, run by the shells that hosts have, before a stub of docker.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use dhow_docker::{
    app,
    audit::Auditor,
    lock::{self, LockDetails},
    proxy, prune, server,
};
use dhow_shell::CommandLine;

use crate::{
    example::{SHOP, Shop},
    host::{SHELLS, StubHost},
};

/// Prints the file's first line and takes it away, unless it is the last.
const NEXT_STATE: &str = r#"head -n 1 "$HOME/states"
if [ "$(wc -l < "$HOME/states")" -gt 1 ]; then sed -i 1d "$HOME/states"; fi"#;

fn details() -> LockDetails {
    LockDetails {
        holder: "Dee Ployer".to_owned(),
        since: "2026-11-21T00:07:20Z".to_owned(),
        version: "1111111".to_owned(),
        message: "it's \"mine\", é".to_owned(),
    }
}

#[test]
fn the_lock_is_taken_once_shown_and_given_up() {
    let names = Shop::of(SHOP, None).names;
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        assert_eq!(
            host.run(shell, &lock::status(&names).exposed()).exit_code,
            Some(lock::FREE)
        );
        assert_eq!(
            host.run(shell, &lock::release(&names).exposed()).exit_code,
            Some(lock::FREE)
        );

        let acquire = lock::acquire(&names, &details()).exposed();
        assert_eq!(host.run(shell, &acquire).exit_code, Some(0));
        let text = host.read(".kamal/lock-shop/details");
        assert!(text.lines().all(|line| line.len() <= 60), "{text}");
        assert!(
            text.starts_with("TG9ja2VkIGJ5OiBEZWUgUGxveWVyIGF0IDIwMjYtMTEtMjFUMDA6MDc6MjBa\n"),
            "{text}"
        );

        let again = host.run(shell, &acquire);
        assert_eq!(again.exit_code, Some(lock::HELD));
        assert_eq!(again.stdout, details().text());
        let status = host.run(shell, &lock::status(&names).exposed());
        assert_eq!(
            (status.exit_code, status.stdout),
            (Some(0), details().text())
        );

        let release = lock::release(&names).exposed();
        assert_eq!(host.run(shell, &release).exit_code, Some(0));
        assert!(!host.path().join(".kamal/lock-shop").exists());
    }
}

#[test]
fn only_the_lock_that_was_taken_is_given_up() {
    let names = Shop::of(SHOP, None).names;
    let other = LockDetails {
        holder: "Somebody Else".to_owned(),
        ..details()
    };
    let ours = lock::release_own(&names, &details()).exposed();
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        assert_eq!(host.run(shell, &ours).exit_code, Some(lock::FREE));
        host.run(shell, &lock::acquire(&names, &other).exposed());
        assert_eq!(host.run(shell, &ours).exit_code, Some(lock::TAKEN_OVER));
        assert_eq!(
            host.run(shell, &lock::status(&names).exposed()).stdout,
            other.text()
        );
        let theirs = lock::release_own(&names, &other).exposed();
        assert_eq!(host.run(shell, &theirs).exit_code, Some(0));
        assert!(!host.path().join(".kamal/lock-shop").exists());
    }
}

#[test]
fn a_lock_that_is_being_taken_is_held_by_somebody_unknown() {
    let names = Shop::of(SHOP, None).names;
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        fs::create_dir_all(host.path().join(".kamal/lock-shop")).unwrap();
        let acquire = host.run(shell, &lock::acquire(&names, &details()).exposed());
        assert_eq!(
            (acquire.exit_code, acquire.stdout.as_str()),
            (Some(lock::HELD), "")
        );
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_no_held_lock() {
    let names = Shop::of(SHOP, None).names;
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        fs::create_dir(host.path().join(".kamal")).unwrap();
        fs::write(host.path().join(".kamal/lock-shop"), "").unwrap();
        let acquire = host.run(shell, &lock::acquire(&names, &details()).exposed());
        assert_eq!(acquire.exit_code, Some(1));
        assert!(acquire.stderr.contains("lock-shop"), "{}", acquire.stderr);
    }
}

#[test]
fn what_was_done_is_one_line_of_the_log_whatever_it_was() {
    let names = Shop::of(SHOP, None).names;
    let auditor = Auditor {
        recorded_at: "2026-01-02T03:04:05Z".to_owned(),
        performer: "dee@example.com".to_owned(),
    };
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        for message in [
            "Stopped app",
            "Executed cmd 'printf \"a\\tb\\n\" $(id)\nls' on %s",
        ] {
            let line = auditor.record(&names, None, message).exposed();
            assert_eq!(host.run(shell, &line).exit_code, Some(0));
        }
        assert_eq!(
            host.read(".kamal/shop-audit.log"),
            "[2026-01-02T03:04:05Z] [dee@example.com] Stopped app\n\
             [2026-01-02T03:04:05Z] [dee@example.com] Executed cmd 'printf \"a\\tb\\n\" $(id)\\nls' on %s\n"
        );
    }
}

#[test]
fn a_private_file_is_the_users_alone_even_where_it_lay_open_before() {
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        let file = host.path().join("web.env");
        fs::write(&file, "OLD=1\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let write = CommandLine::new("printf")
            .arg("A=b\\n")
            .pipe(server::write_private_file("web.env").grouped());
        assert_eq!(host.run(shell, &write.exposed()).exit_code, Some(0));
        assert_eq!(host.read("web.env"), "A=b\n");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!host.path().join("web.env.new").exists());
    }
}

#[test]
fn a_container_is_ready_when_it_is_healthy_or_has_run_long_enough() {
    let ended = "container not ready: it ended (exited)\n";
    let unhealthy = "container not ready after 1 seconds (unhealthy)\n";
    let table = [
        // States, deploy timeout, readiness delay, exit code, error, how often docker is asked.
        ("running 0", 1, 0, 0, "", 1),
        ("running 0\nrunning 0", 1, 1, 0, "", 2),
        ("healthy 0", 1, 7, 0, "", 1),
        ("starting 0\nhealthy 0", 5, 7, 0, "", 2),
        ("created 0\nrunning 0\nrunning 1\nrunning 1", 9, 1, 0, "", 4),
        ("exited 0", 9, 7, 1, ended, 1),
        ("running 0\nexited 0", 9, 1, 1, ended, 2),
        ("unhealthy 0", 1, 7, 1, unhealthy, 2),
    ];
    // Most of the time is waiting, so all wait at once.
    std::thread::scope(|scope| {
        for row in &table {
            for shell in SHELLS {
                scope.spawn(move || check_readiness(shell, *row));
            }
        }
    });
}

fn check_readiness(
    shell: &[&str],
    (states, timeout, delay, exit_code, error, asked): (&str, u64, u64, i32, &str, usize),
) {
    let host = StubHost::with_docker(NEXT_STATE);
    fs::write(host.path().join("states"), format!("{states}\n")).unwrap();
    let line = app::wait_until_ready(
        "shop-workers-1",
        Duration::from_secs(timeout),
        Duration::from_secs(delay),
    );
    let done = host.run(shell, &line.exposed());
    assert_eq!(done.exit_code, Some(exit_code), "{states}: {}", done.stderr);
    assert_eq!(done.stderr, error, "{states}");
    assert_eq!(host.asked().lines().count(), asked, "{states}");
}

#[test]
fn a_container_that_restarts_for_ever_is_given_up_in_time() {
    for shell in SHELLS {
        // Every look finds it running, after one more restart.
        let host = StubHost::with_docker("echo \"running $(wc -l < \"$HOME/asked\")\"");
        let line = app::wait_until_ready("c", Duration::from_secs(2), Duration::from_secs(1));
        let done = host.run(shell, &line.exposed());
        assert_eq!(done.exit_code, Some(1));
        assert_eq!(
            done.stderr,
            "container not ready after 2 seconds (running)\n"
        );
    }
}

#[test]
fn a_container_that_is_not_there_is_not_waited_for() {
    for shell in SHELLS {
        let host = StubHost::with_docker("echo 'no such object: c' >&2; exit 1");
        let line = app::wait_until_ready("c", Duration::from_secs(9), Duration::from_secs(1));
        let done = host.run(shell, &line.exposed());
        assert_eq!(
            (done.exit_code, done.stderr.as_str()),
            (Some(1), "no such object: c\n")
        );
    }
}

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
    ];
    for (id, before, after, exit_code, expected) in table {
        for shell in SHELLS {
            let host = StubHost::with_docker(
                r#"case "$*" in
                "container ls"*) cat "$HOME/id" ;;
                *" list") cat "$HOME/list" ;;
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
fn a_container_is_stopped_by_its_id_and_none_is_fine() {
    let table = [
        ("c45795d27733\n", "docker stop -t 30 c45795d27733\n"),
        ("", ""),
    ];
    for (id, expected) in table {
        for shell in SHELLS {
            let host = StubHost::with_docker("case $1 in container) cat \"$HOME/id\" ;; esac");
            fs::write(host.path().join("id"), id).unwrap();
            let line = app::stop("shop-web-1", Some(Duration::from_secs(30)));
            assert_eq!(host.run(shell, &line.exposed()).exit_code, Some(0));
            let asked = host.asked();
            let (first, rest) = asked.split_once('\n').unwrap();
            assert_eq!(
                first,
                "docker container ls --all --filter name=^shop-web-1$ --quiet"
            );
            assert_eq!(rest, expected);
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
fn the_newest_containers_stay() {
    for shell in SHELLS {
        let host = StubHost::with_docker("case $1 in ps) seq 1 7 ;; esac");
        let names = Shop::of(SHOP, None).names;
        let done = host.run(shell, &prune::containers(&names, 5).exposed());
        assert_eq!(done.exit_code, Some(0));
        let asked = host.asked();
        let removed: Vec<&str> = asked.lines().skip(1).collect();
        assert_eq!(removed, ["docker rm 6", "docker rm 7"]);
    }
}

#[test]
fn images_of_containers_and_the_latest_stay() {
    let shop = Shop::of(SHOP, None);
    for shell in SHELLS {
        let host = StubHost::with_docker(
            r#"case "$1 $2" in
            "image ls") printf '%s\n' '1 ghcr.io/acme/shop:1111111' '2 ghcr.io/acme/shop:2222222' \
                '3 ghcr.io/acme/shop:latest' '4 ghcr.io/acme/shop:<none>' ;;
            "container ls") printf '%s\n' 'ghcr.io/acme/shop:2222222\|' ;;
            esac"#,
        );
        let line = prune::tagged_images(&shop.names, &shop.repository);
        assert_eq!(host.run(shell, &line.exposed()).exit_code, Some(0));
        let asked = host.asked();
        let removed: Vec<&str> = asked.lines().filter(|line| line.contains("rmi")).collect();
        assert_eq!(removed, ["docker rmi ghcr.io/acme/shop:1111111"]);
    }
}

#[test]
fn the_current_container_is_one_of_the_latest_image_before_any_other() {
    let shop = Shop::of(SHOP, None);
    let table = [
        ("shop-web-1\n", "shop-web-2\n", "shop-web-1\n"),
        ("", "shop-web-2\n", "shop-web-2\n"),
        ("", "", ""),
    ];
    for (of_latest, newest, expected) in table {
        for shell in SHELLS {
            let host = StubHost::with_docker(
                r#"case "$*" in
                "image ls"*) echo 0123456789ab ;;
                *ancestor=0123456789ab) cat "$HOME/latest" ;;
                ps*) cat "$HOME/newest" ;;
                esac"#,
            );
            fs::write(host.path().join("latest"), of_latest).unwrap();
            fs::write(host.path().join("newest"), newest).unwrap();
            let line = app::current_container(&shop.names, &shop.repository, shop.role("web"));
            assert_eq!(host.run(shell, &line.exposed()).stdout, expected);
        }
    }
}

#[test]
fn docker_is_installed_only_where_it_is_missing() {
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        host.stub("curl", "echo asked >> \"$HOME/curl\"");
        assert_eq!(
            host.run(shell, &server::bootstrap().exposed()).exit_code,
            Some(0)
        );
        assert_eq!(host.asked(), "docker -v\n");
        assert!(!host.path().join("curl").exists());
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

#[test]
fn a_followed_log_is_searched_line_by_line_by_any_grep() {
    let range = app::LogRange {
        grep: Some("o$".to_owned()),
        grep_options: Some("-i".to_owned()),
        follow: true,
        ..app::LogRange::default()
    };
    let greps = [
        "exec /bin/grep \"$@\"",
        // One that knows no such option, as BusyBox' does not.
        "case $1 in --line*) exit 2 ;; esac; exec /bin/grep \"$@\"",
    ];
    for (shell, grep) in SHELLS
        .iter()
        .flat_map(|shell| greps.map(|grep| (shell, grep)))
    {
        let host = StubHost::with_docker("printf '%s\\n' one TWO '  two' three");
        host.stub("grep", grep);
        let line = range.of(CommandLine::new("echo").arg("4711"));
        let done = host.run(shell, &line.exposed());
        assert_eq!(done.stdout, "TWO\n  two\n", "{shell:?} {grep}");
        assert_eq!(done.stderr, "", "{shell:?} {grep}");
        assert_eq!(host.asked(), "docker logs --follow 4711\n");
    }
}

#[test]
fn lines_side_by_side_are_led_by_who_printed_them() {
    let named = ["web", "jobs"].map(|name| {
        let line = CommandLine::new("docker").args(["logs", name]);
        (name.to_owned(), line)
    });
    for shell in SHELLS {
        let host = StubHost::with_docker("printf '%s\\n' \"$2 \\\\t 1\" \"  $2\\t2\"");
        let done = host.run(shell, &app::side_by_side(&named).exposed());
        let mut lines: Vec<&str> = done.stdout.lines().collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                "jobs\t  jobs\\t2",
                "jobs\tjobs \\t 1",
                "web\t  web\\t2",
                "web\tweb \\t 1"
            ],
            "{shell:?}"
        );
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
