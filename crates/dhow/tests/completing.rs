//! The Tab key in a real bash.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

const DEPLOY_FILE: &str = "\
service: <%= `touch ran` %>
image: acme/shop
servers:
  web: [10.0.0.1, 10.0.0.2]
  workers:
    hosts: [shop.example.com]
accessories:
  db: {image: 'mysql:8', host: 10.0.0.9}
  cache: {image: redis, roles: [web]}
";

/// A project, and the program under both of its names.
struct Shop(tempfile::TempDir);

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shop = Self(folder);
        shop.write("config/deploy.yml", DEPLOY_FILE);
        shop.write("config/deploy.staging.yml", "servers: {web: [10.1.0.1]}\n");
        fs::create_dir(shop.path("bin")).unwrap();
        for name in ["dhow", "kamal"] {
            let program = assert_cmd::cargo::cargo_bin!("dhow");
            symlink(program, shop.path("bin").join(name)).unwrap();
        }
        shop
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self) -> String {
        let repository = git2::Repository::init(self.0.path()).unwrap();
        let who = git2::Signature::now("Dee", "dee@example.com").unwrap();
        let tree = repository.index().unwrap().write_tree().unwrap();
        let tree = repository.find_tree(tree).unwrap();
        let id = repository
            .commit(
                Some("HEAD"),
                &who,
                &who,
                "Open the shop\n\nAt last.",
                &tree,
                &[],
            )
            .unwrap();
        let commit = repository.find_object(id, None).unwrap();
        repository
            .tag_lightweight("v1.2.3", &commit, false)
            .unwrap();
        id.to_string()
    }

    /// What bash offers when Tab is pressed behind these words; the last one is what is begun.
    fn offered(&self, words: &[&str]) -> Vec<String> {
        let program = words[0];
        let quoted: Vec<String> = words.iter().map(|it| format!("'{it}'")).collect();
        let script = format!(
            "source <({program} completions bash); complete -p {program} >/dev/null || exit 1
COMP_WORDS=({}); COMP_CWORD={}; _{program}_complete
printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            quoted.join(" "),
            words.len() - 1,
        );
        let output = bash(self.0.path(), &script);
        assert_eq!(output.1, "", "{words:?}");
        output.0.lines().map(str::to_owned).collect()
    }
}

/// What a script in bash prints and complains about.
#[expect(clippy::disallowed_methods, reason = "bash is what is asked")]
fn bash(folder: &Path, script: &str) -> (String, String) {
    let output = std::process::Command::new("bash")
        .args(["--norc", "--noprofile", "-c", script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}/bin:/usr/bin:/bin", folder.display()))
        .env("HOME", folder)
        .output()
        .unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn commands_and_options_are_offered() {
    let shop = Shop::new();
    assert_eq!(shop.offered(&["dhow", "rollb"]), ["rollback"]);
    assert_eq!(
        shop.offered(&["dhow", "app", "stale"]),
        ["stale_containers"]
    );
    assert_eq!(
        shop.offered(&["dhow", "deploy", "--skip-p"]),
        ["--skip-push"]
    );
    let all = shop.offered(&["dhow", ""]);
    assert!(all.contains(&"deploy".to_owned()), "{all:?}");
    assert!(!all.iter().any(|it| it.contains("__complete")), "{all:?}");
}

#[test]
fn hosts_roles_accessories_and_destinations_are_those_of_the_deploy_file() {
    let shop = Shop::new();
    for (words, expected) in [
        (vec!["dhow", "deploy", "--roles", ""], "web workers"),
        (vec!["dhow", "deploy", "-r", "web,"], "web,workers"),
        (vec!["dhow", "deploy", "--roles", "=", "wo"], "workers"),
        (
            vec!["dhow", "app", "logs", "-h", "10."],
            "10.0.0.1 10.0.0.2 10.0.0.9",
        ),
        (
            vec!["dhow", "app", "logs", "--hosts", "10.0.0.1,s"],
            "10.0.0.1,shop.example.com",
        ),
        (
            vec!["dhow", "-d", "staging", "app", "logs", "-h", "10.1"],
            "10.1.0.1",
        ),
        (vec!["dhow", "deploy", "-d", ""], "staging"),
        (vec!["dhow", "accessory", "reboot", ""], "all cache db"),
        (vec!["dhow", "accessory", "logs", "d"], "db"),
        (vec!["kamal", "accessory", "logs", "d"], "db"),
    ] {
        let offered = shop.offered(&words);
        let offered: Vec<&str> = offered
            .iter()
            .map(String::as_str)
            .filter(|it| !it.starts_with('-'))
            .collect();
        assert_eq!(offered.join(" "), expected, "{words:?}");
    }
    assert!(
        !shop.path("ran").exists(),
        "a tag of the deploy file has run"
    );
}

#[test]
fn versions_are_the_last_commits_and_the_tags() {
    let shop = Shop::new();
    let commit = shop.commit();
    for words in [
        vec!["dhow", "rollback", ""],
        vec!["dhow", "deploy", "--version", ""],
    ] {
        let offered = shop.offered(&words);
        assert!(
            offered.contains(&commit) && offered.contains(&"v1.2.3".to_owned()),
            "{offered:?}"
        );
    }
}

#[test]
fn where_there_is_nothing_to_know_nothing_is_said() {
    let shop = Shop::new();
    for text in ["servers: [", "\u{0}", "servers: &a [*a]"] {
        shop.write("config/deploy.yml", text);
        assert_eq!(
            shop.offered(&["dhow", "deploy", "--roles", "w"]),
            [""],
            "{text}"
        );
    }
    assert_eq!(
        shop.offered(&["dhow", "-c", "none.yml", "deploy", "-r", "w"]),
        [""]
    );
    assert_eq!(shop.offered(&["dhow", "nonsense", "x"]), [""]);
}

#[test]
fn every_shell_has_a_script() {
    let shop = Shop::new();
    for shell in ["bash", "zsh", "fish"] {
        let (script, errors) = bash(shop.0.path(), &format!("kamal completions {shell}"));
        assert_eq!(errors, "");
        assert!(script.contains("kamal __complete"), "{script}");
        let (fitting, errors) = bash(
            shop.0.path(),
            &format!("dhow __complete {shell} 1 -- dhow rollb"),
        );
        assert_eq!(errors, "");
        assert!(fitting.starts_with("rollback"), "{fitting}");
    }
}
