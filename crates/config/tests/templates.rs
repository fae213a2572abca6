//! Deploy files with ERB tags: what they mean, and where problems point.

use std::path::Path;

use dhow_config::{Problem, Sources, load};
use dhow_erb::StagedRuntime;
use dhow_names::Destination;

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../testdata/deploy-files/erb"
);

/// The world around the files in `testdata/deploy-files/erb`.
fn world() -> StagedRuntime {
    StagedRuntime::default()
        .with_variable("WEB_HOSTS", "web-1.example,web-2.example")
        .with_variable("REGISTRY_USER", "acme-bot")
        .with_variable("TOKEN", "hunter2-hunter2")
        .with_command("git rev-parse --short HEAD", "abc1234\n", 0)
        .with_command("op read nothing", "", 3)
        .with_command("uname -m", "x86_64\n", 0)
        .with_command(
            "bin/rails credentials:show --json",
            r#"{"registry": {"username": "acme-bot", "namespace": "acme"}}"#,
            0,
        )
        .with_file(".env", "DATABASE_HOST=db.example\nWEB_HOSTS=from-file\n")
        .with_file("config/hosts.json", r#"{"jobs": ["job-1.example"]}"#)
        .with_file("config/ports.yml", "web: 3000\nopen: yes\n")
        .with_docker("arm64")
}

fn render(problems: &[Problem]) -> String {
    let all: Vec<String> = problems.iter().map(|one| one.render(false)).collect();
    all.join("\n\n")
}

/// What is told about a text.
fn told(text: &str) -> String {
    let sources = Sources::of_templates(text, None, &mut world());
    match load(&sources, None) {
        Ok(loaded) => format!("accepted\n{}", render(&loaded.warnings)),
        Err(problems) => problems.render(false),
    }
}

/// What is told about a file, or what it means.
fn read(name: &str, destination: Option<&str>) -> String {
    let destination: Option<Destination> =
        destination.map(|name| name.parse().expect("a destination"));
    let (folder, name) = (Path::new(FOLDER), Path::new(name));
    let sources =
        Sources::read(folder, name, destination.as_ref(), &mut world()).expect("the file is there");
    match load(&sources, destination.as_ref()) {
        Err(problems) => problems.render(false),
        Ok(loaded) => {
            let config = serde_yaml::to_string(&loaded.merged).expect("plain data");
            format!("{}\n{config}", render(&loaded.warnings))
        }
    }
}

macro_rules! assert_told {
    ($told:expr) => {
        insta::with_settings!({omit_expression => true}, {
            insta::assert_snapshot!($told);
        })
    };
}

const GOOD: &str = "\
service: shop
image: acme/shop
servers: [10.0.0.1]
registry: {username: acme, password: [PW]}
builder: {arch: amd64}
";

/// What is told about a good file with more behind it.
fn told_with(text: &str) -> String {
    format!("──── {text}\n{}\n", told(&format!("{GOOD}{text}\n")))
}

#[test]
fn a_file_with_everything_that_is_met_in_the_wild() {
    assert_told!(read("wild.yml", None));
}

#[test]
fn credentials_come_from_commands() {
    assert_told!(read("credentials.yml", None));
}

#[test]
fn hosts_come_from_loops() {
    assert_told!(read("loops.yml", None));
}

#[test]
fn the_destination_is_seen_by_both_files() {
    assert_told!(read("destinations.yml", None));
    assert_told!(read("destinations.yml", Some("staging")));
}

#[test]
fn the_file_that_kamal_init_writes_is_taken_as_it_is() {
    assert_told!(read("init.yml", None));
}

#[test]
fn errors_behind_tags_point_into_the_file_as_written() {
    assert_told!(read("errors-behind-tags.yml", None));
}

#[test]
fn mistakes_in_tags_are_told_together() {
    assert_told!(read("mistakes.yml", None));
}

#[test]
fn tags_beyond_the_known_ruby_say_what_to_write_instead() {
    let lines = [
        "x-a: <%= Time.now.strftime(\"%Y\") %>",
        "x-a: <%= ENV[\"BRANCH\"].gsub(/[^a-z]/, \"-\") %>",
        "x-a: <%= case ENV[\"A\"] when \"b\" then 1 end %>",
        "x-a: <%= ENV[\"UNSET\"].split(\",\") %>",
        "x-a: <%= ENV.fetch(\"UNSET\") %>",
        "x-a: <%= branch %>",
        "x-a: <%= `op read nothing` %>",
        "x-a: <%= File.read(\"nothing\") %>",
        "x-a: <%= { a: 1 } %>",
        "x-a: <%= [1].shuffle %>",
        "x-a: <%= \"a\".strip! %>",
        "x-a: <%= \"a\" + 1 %>",
        "x-a: <%= $stdout %>",
        "x-a: <%= 1 +  %>",
        "x-a: <%= \"open %>",
        "x-a: <%= 1",
        "<% if true %>",
        "<% end %>",
        "<% [1].each do |x| %>\nx-a: 1",
        "<% x << 1 %>",
        "<% require \"net/http\" %>",
        "<% system(\"ls\") %>",
        "x-a: <%= \"y\" * 9_999_999 %>",
        "x-a: <%= RUBY_VERSION %>",
    ];
    assert_told!(lines.map(told_with).join("\n"));
}

#[test]
fn in_comments_only_a_warning() {
    let lines = [
        "# <%= Time.now %>",
        "labels: {a: b} # <%= `op read nothing` %>",
        "# <% foo bar %>",
        "# <% a ~ b %> <%= ENV[\"WEB_HOSTS\"] %>",
        "# <%= RUBY_VERSION %>",
        "# <%= ENV.fetch(\"UNSET\") %>",
        "x-a: |\n  # no comment <%= Time.now %>",
        "x-a: \"# no comment <%= Time.now %>\"",
        "# <%= Time.now +\n 1 %>",
    ];
    assert_told!(lines.map(told_with).join("\n"));
}

#[test]
fn no_message_shows_what_a_tag_inserted() {
    for text in [
        "proxy: {app_port: <%= ENV[\"TOKEN\"] %>}",
        "labels: <%= ENV[\"TOKEN\"] %>",
        "primary_role: <%= ENV[\"TOKEN\"] %> x",
        "<%= ENV[\"TOKEN\"] %>: 1",
        "hooks_output: \"a<%= ENV[\"TOKEN\"] %>\"",
        "env: {clear: {A: \"<%= ENV[\"TOKEN\"] %>, B: [}}",
        "retain_containers: <%= `echo #{ENV[\"TOKEN\"]}` %>",
        "retain_containers: <%= ENV[\"TOKEN\"] + 1 %>",
        "retain_containers: <%= JSON.parse(ENV[\"TOKEN\"]) %>",
        "x-a: <%= YAML.load(\"a: !x #{ENV[\"TOKEN\"]}\") %>",
        "registry: {username: <%= ENV[\"TOKEN\"] %>, password: [<%= ENV[\"TOKEN\"] %>], pass: 1}",
    ] {
        let told = told_with(text);
        assert!(told.contains("error"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let sources = Sources::of_templates("a: <%= ENV[\"TOKEN\"] %>", None, &mut world());
    assert!(!format!("{sources:?}").contains("hunter2"));
}

/// A tag that only names a variable may be shown where a password stands; a written default may not.
#[test]
fn written_secrets_in_tags_are_covered() {
    let told_of = |password: &str| {
        told(&format!(
            "{GOOD}registry: {{username: a, password: {password}, pass: 1}}\n"
        ))
    };
    assert!(told_of("<%= ENV[\"UNSET\"] || \"hunter2\" %>").contains("****"));
    for password in [
        "<%= ENV[\"UNSET\"] || \"hunter2\" %>",
        "<%= ENV.fetch(\"UNSET\", \"hunter2\") %>",
        "<%= ENV.fetch(\"UNSET\", :hunter2) %>",
        "<%= `op read nothing hunter2` %>",
        "<%= ENV.fetch(\"UNSET\") %> <%= %q(hunter2) %>",
    ] {
        assert!(!told_of(password).contains("hunter2"), "{password}");
    }
    let told = told_of("<%= ENV.fetch(\"UNSET\") %>");
    assert!(told.contains("<%= ENV.fetch(\"UNSET\") %>"), "{told}");
}

#[test]
fn each_file_is_rendered_once() {
    let mut runtime = world();
    let staging: Destination = "staging".parse().expect("a destination");
    let base = format!("{GOOD}x-a: <%= `git rev-parse --short HEAD` %>\n");
    let over = "x-b: <%= `git rev-parse --short HEAD` %>";
    let sources = Sources::of_templates(&base, Some((&staging, over)), &mut runtime);
    for _ in 0..2 {
        load(&sources, Some(&staging)).expect("a good file");
    }
    assert_eq!(runtime.ran.len(), 2);
}
