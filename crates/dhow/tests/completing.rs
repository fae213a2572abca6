//! The Tab key in the real shells.

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

/// A zsh that types a line, presses Tab, writes down what was offered and what the line became, and ends.
const ZSHRC: &str = r#"
autoload -Uz compinit && compinit -u -D
source <(dhow completions zsh)
compadd() {
    # It is also called to count.
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
    local -a fitting
    builtin compadd -O fitting "$@"
    (( $#fitting )) && print -rl -- $fitting >>offered
    builtin compadd "$@"
}
leave() { print -rn -- "$BUFFER" >line; BUFFER=exit; zle accept-line }
begin() { zle -U "$TYPED"$'\t\x18q' }
zle -N leave
bindkey '^Xq' leave
zle -N zle-line-init begin
"#;

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

    /// What fish offers behind this line, each with what it says about it.
    fn offered_by_fish(&self, line: &str) -> Vec<(String, String)> {
        let script = format!("dhow completions fish | source; complete --do-complete '{line}'");
        let (offered, errors) = shell(self.0.path(), &["fish", "--no-config", "-c", &script]);
        assert_eq!(errors, "", "{line}");
        let offered = offered
            .lines()
            .map(|it| it.split_once('\t').unwrap_or((it, "")));
        let mut offered: Vec<(String, String)> = offered
            .map(|(value, help)| (value.to_owned(), help.to_owned()))
            .collect();
        offered.sort();
        offered
    }

    /// What zsh offers behind this line, and what becomes of the line.
    fn offered_by_zsh(&self, line: &str) -> (Vec<String>, String) {
        self.write(".zshrc", ZSHRC);
        for file in ["offered", "line"] {
            self.write(file, "");
        }
        // It edits lines on a terminal only, so it gets one from another zsh.
        let script = format!(
            "zmodload zsh/zpty; export TERM=xterm TYPED='{line}'
zpty inner zsh -d -i; while zpty -r inner shown; do :; done"
        );
        let (_, errors) = shell(self.0.path(), &["zsh", "-f", "-c", &script]);
        assert_eq!(errors, "", "{line}");
        let read = |file| fs::read_to_string(self.path(file)).unwrap();
        let mut offered: Vec<String> = read("offered").lines().map(str::to_owned).collect();
        offered.sort();
        (offered, read("line"))
    }
}

/// What a script in bash prints and complains about.
fn bash(folder: &Path, script: &str) -> (String, String) {
    shell(folder, &["bash", "--norc", "--noprofile", "-c", script])
}

/// What a shell prints and complains about.
#[expect(clippy::disallowed_methods, reason = "shells are what is asked")]
fn shell(folder: &Path, words: &[&str]) -> (String, String) {
    let output = std::process::Command::new(words[0])
        .args(&words[1..])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}/bin:/usr/bin:/bin", folder.display()))
        .env("HOME", folder)
        .output()
        .unwrap_or_else(|error| {
            let program = words[0];
            panic!("{program} does not start ({error}); on Debian: apt-get install --no-install-recommends {program}")
        });
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

/// Lines, what fits each of them in fish and zsh, and what zsh makes of the line.
const LINES: [(&str, &str, &str); 10] = [
    ("dhow rollb", "rollback", "dhow rollback "),
    (
        "dhow app stale",
        "stale_containers",
        "dhow app stale_containers ",
    ),
    (
        "dhow deploy --skip-p",
        "--skip-push",
        "dhow deploy --skip-push ",
    ),
    (
        "dhow deploy --roles wo",
        "workers",
        "dhow deploy --roles workers ",
    ),
    (
        "dhow deploy --roles=wo",
        "--roles=workers",
        "dhow deploy --roles=workers ",
    ),
    (
        "dhow deploy -r web,",
        "web,workers",
        "dhow deploy -r web,workers ",
    ),
    (
        "dhow app logs -h 10.",
        "10.0.0.1 10.0.0.2 10.0.0.9",
        "dhow app logs -h 10.0.0.",
    ),
    (
        "dhow -d staging app logs -h 10.1",
        "10.1.0.1",
        "dhow -d staging app logs -h 10.1.0.1 ",
    ),
    ("kamal accessory logs d", "db", "kamal accessory logs db "),
    ("dhow nonsense x", "", "dhow nonsense x"),
];

#[test]
fn fish_offers_the_same_and_says_what_it_is() {
    let shop = Shop::new();
    for (line, expected, _) in LINES {
        let offered = shop.offered_by_fish(line);
        let offered: Vec<&str> = offered.iter().map(|(value, _)| value.as_str()).collect();
        assert_eq!(offered.join(" "), expected, "{line}");
    }
    let (_, help) = &shop.offered_by_fish("dhow rollb")[0];
    assert!(help.starts_with("Go back to an earlier version"), "{help}");
    assert!(!shop.path("ran").exists());
}

#[test]
fn zsh_offers_the_same_and_completes_the_line() {
    let shop = Shop::new();
    for (line, expected, completed) in LINES {
        let (offered, line_then) = shop.offered_by_zsh(line);
        assert_eq!(offered.join(" "), expected, "{line}");
        assert_eq!(line_then, completed);
    }
    assert!(!shop.path("ran").exists());
}
