//! Options, pairs and logging at their edges (config §12).

use crate::example::Shop;

/// The part of a run line between the environment file and the image.
fn run_with(root: &str, role: &str) -> String {
    let text = format!(
        "service: shop\nimage: shop\nservers: {{web: {{hosts: [h1], {role}}}}}\n\
         registry: {{server: r.example, username: u, password: p}}\nbuilder: {{arch: amd64}}\n{root}\n"
    );
    Shop::of(&text, None).run("web", 0, "000000000000")
}

fn options(role: &str) -> String {
    let line = run_with("", role);
    let (_, rest) = line.split_once("--label destination").unwrap();
    let (options, command) = rest.split_once(" r.example/shop:1111111").unwrap();
    format!("{options}{command}").trim().to_owned()
}

fn logging(root: &str, role: &str) -> String {
    let line = run_with(root, role);
    let (_, rest) = line.split_once("web.env ").unwrap();
    rest.split_once(" --label service=").unwrap().0.to_owned()
}

fn environment(clear: &str) -> String {
    let line = run_with(&format!("env: {{clear: {clear}}}"), "cmd: x");
    let (_, rest) = line.split_once("KAMAL_HOST=\"h1\" ").unwrap();
    rest.split_once("--env-file").unwrap().0.trim().to_owned()
}

#[test]
fn options_follow_the_table_of_the_reference() {
    let table = [
        ("options: {cap-add: true}", "--cap-add"),
        ("options: {userns: false}", r#"--userns "false""#),
        (
            "options: {cpus: 1.5, pids-limit: 100}",
            r#"--cpus "1.5" --pids-limit "100""#,
        ),
        (
            "options: {add-host: [a:1, b:2]}",
            r#"--add-host "a:1" --add-host "b:2""#,
        ),
        ("options: {add-host: []}", ""),
        ("options: {user: 'a\"b'}", r#"--user "a\"b""#),
        (
            "options: {mount: 'type=bind,src=${HOME}/x,dst=/$x'}",
            r#"--mount "type=bind,src=${HOME}/x,dst=/\$x""#,
        ),
        ("options: {label-file: 'é x'}", r#"--label-file é" x""#),
        ("options: {restart: always, memory: 1g}", r#"--memory "1g""#),
        ("cmd: bin/jobs --queue \"$Q\"", "bin/jobs --queue \"$Q\""),
    ];
    for (role, expected) in table {
        assert_eq!(options(role), expected, "{role}");
    }
}

#[test]
fn the_restart_policy_comes_first() {
    assert!(
        run_with("", "cmd: x").starts_with("docker run --detach --restart unless-stopped --name ")
    );
    assert!(
        run_with("", "options: {restart: 'on-failure:3'}")
            .starts_with("docker run --detach --restart on-failure:3 --name ")
    );
}

#[test]
fn environment_values_keep_their_meaning() {
    let table = [
        ("{A: x}", r#"--env A="x""#),
        (
            "{A: false, B: true, C: 3, D: 1.5}",
            r#"--env A="false" --env B="true" --env C="3" --env D="1.5""#,
        ),
        // Kamal writes a bare `--env A` here, with which Docker takes the value of the host.
        ("{A: ''}", r#"--env A="""#),
        ("{A: \"two\\nlines\\tx\"}", r#"--env A="two\nlines\tx""#),
        (
            "{A: '${HOME} $HOME `id`'}",
            r#"--env A="${HOME} \$HOME \`id\`""#,
        ),
        ("{A: 'naïve ✓ x'}", r#"--env A="na"ï"ve "✓" x""#),
        ("{'A B': x}", r#"--env 'A B='"x""#),
    ];
    for (clear, expected) in table {
        assert_eq!(environment(clear), expected, "{clear}");
    }
}

#[test]
fn later_environments_win_in_the_place_of_the_first() {
    let root =
        "env: {clear: {A: root, B: root, C: root}, tags: {one: {B: one, E: one}, two: {B: two}}}";
    let text = format!(
        "service: shop\nimage: shop\nservers: {{web: {{hosts: [{{h1: [one, two]}}], env: {{clear: {{C: role, D: role}}}}}}}}\n\
         registry: {{server: r.example, username: u, password: p}}\nbuilder: {{arch: amd64}}\n{root}\n"
    );
    let line = Shop::of(&text, None).run("web", 0, "000000000000");
    assert!(
        line.contains(r#" --env A="root" --env B="two" --env C="role" --env D="role" --env E="one" --env-file "#),
        "{line}"
    );
}

#[test]
fn logging_is_bounded_unless_the_file_decides() {
    let table = [
        ("", "cmd: x", r#"--log-opt max-size="10m""#),
        (
            "logging: {driver: local}",
            "cmd: x",
            r#"--log-driver "local""#,
        ),
        (
            "logging: {options: {max-size: 1g}}",
            "cmd: x",
            r#"--log-opt max-size="1g""#,
        ),
        (
            "logging: {driver: json-file, options: {max-size: 1g, max-file: 3}}",
            "logging: {driver: local, options: {max-size: 2g, tag: '{{.Name}}'}}",
            r#"--log-driver "local" --log-opt max-size="2g" --log-opt max-file="3" --log-opt tag="{{.Name}}""#,
        ),
    ];
    for (root, role, expected) in table {
        assert_eq!(logging(root, role), expected, "{root} {role}");
    }
}

#[test]
fn labels_of_the_role_win_in_the_place_of_the_first() {
    let line = run_with(
        "labels: {a: root, b: root, empty: ''}",
        "labels: {b: role, c: 'x y'}",
    );
    assert!(
        line.contains(
            r#" --label service="shop" --label role="web" --label destination --label a="root" --label b="role" --label empty="" --label c="x y" "#
        ),
        "{line}"
    );
}

#[test]
fn volumes_are_for_the_hosts_shell() {
    let line = run_with("volumes: ['$PWD/data:/data', 'named:/x:ro']", "cmd: x");
    assert!(
        line.contains(" --volume $PWD/data:/data --volume named:/x:ro --label "),
        "{line}"
    );
}
