//! What is told about a file that cannot be worked with, or not as its writer may think.
//!
//! Each test is a table: a snippet that is put behind a good file, and what is told about it.

use dhow_config::{Problem, Sources, load};
use dhow_names::Destination;

const GOOD: &str = "\
service: shop
image: acme/shop
servers: [10.0.0.1]
registry: {username: acme, password: [PW]}
builder: {arch: amd64}
";

fn render(problems: &[Problem]) -> String {
    let all: Vec<String> = problems.iter().map(|one| one.render(false)).collect();
    all.join("\n\n")
}

/// What is told about a whole file.
fn told(text: &str) -> String {
    match load(&Sources::of_text(text, None), None) {
        Ok(loaded) => format!("accepted\n{}", render(&loaded.warnings)),
        Err(problems) => problems.render(false),
    }
}

/// What is told about a good file in which the top-level keys of `text` replace those that were there.
fn told_with(text: &str) -> String {
    let replaced = |line: &&str| {
        let key = line.split(':').next().unwrap_or_default();
        !text.lines().any(|new| new.starts_with(&format!("{key}:")))
    };
    let kept: Vec<&str> = GOOD.lines().filter(replaced).collect();
    told(&format!("{}\n{text}\n", kept.join("\n")))
}

/// A snapshot without the snippets in its header, which it holds anyway.
macro_rules! assert_told {
    ($($argument:expr),+) => {
        insta::with_settings!({omit_expression => true}, {
            insta::assert_snapshot!($($argument),+);
        })
    };
}

/// One snapshot for a table of snippets.
fn table(snippets: &[&str]) -> String {
    let rows: Vec<String> = snippets
        .iter()
        .map(|snippet| format!("──── {}\n{}\n", snippet.escape_debug(), told_with(snippet)))
        .collect();
    rows.join("\n")
}

#[test]
fn unknown_keys_are_named_with_the_nearest_known_one() {
    assert_told!(table(&[
        "servrs: []",
        "unheard_of: 1",
        "x-anything: 1",
        "servers: {web: {hosts: [a], x-foo: 1, cmnd: x}}",
        "proxy: {healthcheck: {pth: /up}}",
        "env: {clear: {A: 1}, FOO: x}",
    ]));
}

#[test]
fn wrong_types_are_told_with_the_right_one() {
    assert_told!(table(&[
        "labels: 12",
        "labels:",
        "volumes: data:/data",
        "volumes: [[a]]",
        "servers: web",
        "servers: {web: one}",
        "servers: [[a]]",
        "servers: [{a: b, c: d}]",
        "servers: [{a: }]",
        "servers: [{a: [[x]]}]",
        "retain_containers: \"3\"",
        "retain_containers: many",
        "require_destination: \"true\"",
        "builder: {arch: {a: b}}",
        "builder: {arch: amd64, sbom: \"true\"}",
        "proxy: true",
        "proxy: {ssl: maybe}",
        "servers: {web: {hosts: [a], proxy: }}",
        "servers: {web: {hosts: [a], proxy: []}}",
        "env: [A]",
        "env: {clear: [A: 1]}",
        "env: {secret: PASSWORD}",
        "env: {FOO: [1]}",
        "ssh: {config: {a: b}}",
        "hooks_output: [quiet]",
        "accessories: {db: {image: x, host: a, files: [[a]]}}",
    ]));
}

#[test]
fn scalars_that_psych_reads_otherwise_are_taken_as_it_reads_them_with_a_warning() {
    assert_told!(table(&[
        "env: {clear: {A: yes, B: 0644, C: 1_000, D: 12:30, E: 2024-01-01, F: 1.10, G: :word}}",
        "env: {clear: {NO: x, 010: y}}",
        "deploy_timeout: 0100",
        "servers: [10.1]",
        "minimum_version: 2.10",
        "accessories: {db: {image: x, host: a, files: [{local: a, remote: /a, mode: 0600}]}}",
        "servers: {web: {hosts: [a], options: {restart: no}}}",
    ]));
}

#[test]
fn scalars_that_mean_the_same_are_taken() {
    for snippet in [
        "require_destination: no",
        "require_destination: Off",
        "env: {clear: {A: true, B: 3, C: 1.5, D: 1e3, E: 8080:80, F: \"12:30\", G: \"\", H: y}}",
        "retain_containers: 3",
    ] {
        assert_eq!(told_with(snippet), "accepted\n", "{snippet}");
    }
}

#[test]
fn parts_that_need_each_other_are_asked_for() {
    assert_told!(table(&[
        "asset_path: app/assets",
        "output: {file: {}, otel: {endpoint: \"\"}}",
        "registry: {server: \"localhost:\"}",
        "builder: {arch: amd64, pack: {builder: x}}",
        "builder: {arch: [amd64, arm64], pack: {builder: x, buildpacks: [y]}}",
        "builder: {arch: [amd46, linux/arm64, arm/v7]}",
        "builder: {arch: amd64, local: false}",
        "builder: {arch: amd64, remote: tcp://builder}\nregistry: {server: \"localhost:5000\"}",
        "proxy: {host: a, ssl: {certificate_pem: A}}",
        "proxy: {host: a, ssl: {private_key_pem: B, certificate: C}}",
        "proxy: {ssl: {}}",
        "ssh: {key_data: [KEY, \"-----BEGIN OPENSSH PRIVATE KEY-----\"]}",
        "accessories: {db: {image: x, host: a, registry: {server: x}, proxy: true}}",
    ]));
}

#[test]
fn kamal_1_is_told_how_kamal_2_spells_it() {
    assert_told!(table(&[
        "traefik: {}",
        "healthcheck: {path: /up}",
        "stop_wait_time: 5",
        "primary_web_role: app",
        "servers: {web: {hosts: [a], traefik: true}}",
        "healthcheck: {path: /health, port: 4000, interval: 20s, max_attempts: 7}",
        "builder: {arch: amd64, multiarch: false}",
        "builder: {multiarch: false}",
        "builder: {multiarch: true}",
        "builder: {remote: {arch: amd64}, cache: {type: registry}}",
        "builder: {local: {arch: arm64, host: \"unix:///x\"}, remote: {arch: amd64, host: \"ssh://root@x\"}}",
        "builder: {remote: {arch: amd64, host: \"ssh://root@x\"}}",
        "builder: {remote: {host: \"ssh://root@x\"}}",
        "env: {clear: [A: 1]}",
        "builder: {}",
    ]));
}

#[test]
fn what_does_nothing_is_warned_about() {
    assert_told!(table(&[
        "run_directory: /tmp",
        "ssh: {log_level: debug}",
        "builder: {arch: amd64, cache: {options: mode=max}}",
        "retain_containers: 3\nretain_containers: 4",
        "servers: {web: {hosts: [a, {b: x}], cmd: one, cmd: two}}",
        "---\nsecond: document",
        "registry: {server: ghcr.io, username: a, password: [PW]}\nimage: ghcr.io/acme/shop",
    ]));
}

#[test]
fn what_is_missing_is_named() {
    assert_told!(told("x-nothing: 1"));
    assert_told!(
        "registry_and_empty_values",
        table(&[
            "registry: {username: acme}",
            "registry: {username: \"\", password: []}",
            "registry: {username: 5, password: [A, B]}",
            "service: \"\"",
            "image: \"\"",
        ])
    );
}

#[test]
fn names_that_cannot_be_are_refused() {
    assert_told!(table(&[
        "service: my shop",
        "servers: [\"a;b\"]",
        "servers: {\"we b\": [a]}",
        "accessories: {\"d/b\": {image: x, host: a}}",
        "env: {secret: [\"A B\"]}",
        "aliases: {Foo: app exec, deploy: deploy -q}",
        "image: acme/shop:1",
        "image: Acme/Shop",
        "image: acme/$(id)",
        "primary_role: job",
    ]));
}

#[test]
fn hosts_and_roles_must_fit_together() {
    assert_told!(table(&[
        "servers: [a, b, a]",
        "servers: {web: [a, {b: x}, b]}",
        "servers: []",
        "servers: {}",
        "servers: {web: []}",
        "servers: {web: [a], job: {cmd: x}}",
        "servers: {job: [a]}",
        "accessories: {db: {image: x}}",
        "accessories: {db: {image: x, host: a, role: web}}",
        "accessories: {db: {image: x, roles: [web, one, two]}}",
        "accessories: {db: {image: x, tag: writ}}\nservers: [{a: writer}]",
        "accessories: {db: {host: a}}",
    ]));
}

#[test]
fn one_bad_name_hides_nothing_else() {
    let text = "primary_role: \"a b\"\nssh: {port: 0}\nhooks_output: loud\nproxy: {app_port: 0}\nservers: {web: {hosts: [x], proxy: false}}";
    let told = told_with(text);
    for part in [
        "primary_role",
        "ssh/port",
        "hooks_output 'loud'",
        "proxy/app_port",
    ] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
}

#[test]
fn empty_roles_can_be_allowed() {
    let text = "servers: {web: [a], job: {cmd: x}}\nallow_empty_roles: true";
    assert_eq!(told_with(text), "accepted\n");
}

#[test]
fn proxies_must_fit_together() {
    assert_told!(table(&[
        "proxy: {ssl: true}",
        "proxy: {host: a, hosts: [b]}",
        "proxy: {host: a, ssl: true}\nservers: [a, b]",
        "servers: {web: {hosts: [a]}, api: {hosts: [b], proxy: true}}\nproxy: {host: a, ssl: true}",
        "servers: {web: {hosts: [a], proxy: {run: {http_port: 81}}}, api: {hosts: [a], proxy: {run: {http_port: 82}}}}",
        "proxy: {run: {publish: false, http_port: 81}}",
        "proxy: {run: {bind_ips: [nowhere], options: {memory: }}}",
        "proxy: {app_port: 70000, response_timeout: -1}",
    ]));
}

#[test]
fn a_host_of_the_root_and_ssl_of_the_role_fit_together() {
    let text = "servers: {web: {hosts: [a], proxy: {ssl: true}}}\nproxy: {host: shop.example}";
    assert_eq!(told_with(text), "accepted\n");
}

#[test]
fn single_values_are_checked() {
    assert_told!(table(&[
        "labels: {service: mine}",
        "servers: {web: {hosts: [a], labels: {role: x}}}",
        "servers: {web: {hosts: [a], options: {restart: sometimes, memory: \"\"}}}",
        "builder: {arch: amd64, cache: {type: s3}}",
        "boot: {limit: 0}",
        "boot: {limit: 200%}",
        "retain_containers: 0",
        "minimum_version: \"3.0\"",
        "minimum_version: \">= 2\"",
        "hooks_output: loud",
        "hooks_output: {pre-deploy: loud}",
        "require_destination: true",
        "env: {tags: {t: {tags: {}}}}",
        "servers: {web: {hosts: [a], env: {clear: {}, tags: {}}}}",
        "accessories: {db: {image: x, host: a, files: [\"alone\", \"a:b\"], directories: [{local: x}]}}",
        "ssh: {port: 0}",
        "sshkit: {max_concurrent_starts: 0}",
    ]));
}

#[test]
fn broken_yaml_is_told_with_its_place() {
    assert_told!(
        [
            "",
            "# nothing\n",
            "- a\n",
            "12",
            "service: [1\nimage: x",
            "service: \"a\nimage: b",
            "a: b\n c: d",
            "\tservice: x",
            "a: &x [*x]",
            "a: !ruby/object:Object {}",
            "? [a]\n: b",
            "a: *nobody",
        ]
        .map(|text| format!("──── {}\n{}\n", text.escape_debug(), told(text)))
        .join("\n")
    );
}

#[test]
fn a_problem_points_into_the_file_its_value_came_from() {
    let staging: Destination = "staging".parse().unwrap();
    let over = "servers:\n  - 10.0.0.9\nretain_containers: 0\nproxy:\n  ssl: true\n";
    let base = format!("{GOOD}proxy:\n  app_port: 70000\n");
    let sources = Sources::of_text(&base, Some((&staging, over)));
    let problems = load(&sources, Some(&staging)).unwrap_err();
    assert_told!(problems.render(false));
    insta::assert_snapshot!(problems.to_string(), @r"
    config/deploy.yml:7:13: proxy/app_port: must be a port between 1 and 65535
    config/deploy.staging.yml:3:20: Must retain at least 1 container
    config/deploy.staging.yml:5:3: proxy: Must set a host to enable automatic SSL
    ");
}

#[test]
fn an_empty_destination_file_is_told() {
    let staging: Destination = "staging".parse().unwrap();
    let sources = Sources::of_text(GOOD, Some((&staging, "")));
    let problems = load(&sources, Some(&staging)).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "config/deploy.staging.yml:1:1: the file is empty"
    );
    let sources = Sources::of_text(GOOD, Some((&staging, "{}")));
    assert!(load(&sources, Some(&staging)).is_ok());
}

#[test]
fn a_null_of_the_destination_is_a_wrong_type() {
    let staging: Destination = "staging".parse().unwrap();
    let base = format!("{GOOD}labels: {{a: b}}\n");
    let sources = Sources::of_text(&base, Some((&staging, "labels:\n")));
    let problems = load(&sources, Some(&staging)).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "config/deploy.staging.yml:1:1: labels: should be a hash"
    );
}

#[test]
fn no_snippet_shows_a_written_secret() {
    for text in [
        "registry: {username: hunter1, password: hunter2, unknown: hunter3}",
        "registry: {username: hunter1, pasword: hunter2}",
        "registry: {username: x, password: [hunter1, hunter2]}",
        "registry: {username: x, password: [\"hunter1 hunter2\"]}",
        "registry:\n  password: hunter1\n  password: hunter2",
        "registry: {username: [hunter], password: {hunter2: hunter3}}",
        "registry: hunter2",
        "registry: {username: hunter1, password: \"hunter2\"}\nx: [",
        "registry: {username: hunter1, password: 'hunter2' ]",
        "ssh: {key_data: [\"key hunter2\"]}",
        "ssh: {key_data: [{hunter1: hunter2}]}",
        "accessories: {db: {image: x, host: y, registry: {password: hunter2}}}",
    ] {
        let told = told_with(text);
        assert!(told.contains("error") || told.contains("warning"), "{told}");
        assert!(
            !told.contains("hunter1") && !told.contains("hunter2") && !told.contains("hunter3"),
            "{told}"
        );
    }
}

/// Editors of other systems leave a mark at the beginning, or other line ends.
#[test]
fn marks_and_line_ends_of_other_systems_change_nothing() {
    let plain = load(&Sources::of_text(GOOD, None), None).unwrap();
    for text in [
        GOOD.replace('\n', "\r\n"),
        format!("\u{feff}{GOOD}"),
        format!("---\n{GOOD}...\n"),
    ] {
        let loaded = load(&Sources::of_text(&text, None), None).unwrap();
        assert_eq!(loaded.config, plain.config);
    }
    let text = "\u{feff}service: shop\r\nimag: x\r\n";
    let problems = load(&Sources::of_text(text, None), None).unwrap_err();
    assert!(
        problems
            .to_string()
            .contains("deploy.yml:2:1: unknown key: imag")
    );
}

#[test]
fn what_is_handed_on_shows_no_written_secret() {
    let text = GOOD.replace("acme, password: [PW]", "hunter1, password: hunter2");
    let sources = Sources::of_text(&text, None);
    let loaded = load(&sources, None).unwrap();
    let merged = serde_yaml::to_string(&loaded.merged).unwrap();
    let config = serde_yaml::to_string(&loaded.config).unwrap();
    for shown in [merged, config, format!("{loaded:?} {sources:?}")] {
        assert!(shown.contains("shop") || shown.contains("deploy.yml"));
        assert!(!shown.contains("hunter"), "{shown}");
    }
}

#[test]
fn colour_is_put_on_when_asked_for() {
    let problems = load(&Sources::of_text("", None), None).unwrap_err();
    assert!(problems.render(true).contains('\u{1b}'));
    assert!(!problems.render(false).contains('\u{1b}'));
}
