//! The manual: a page for every command, which `man` can show.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{collections::BTreeSet, fs, path::Path};

use assert_cmd::Command;

/// Writes the manual; its pages by name.
fn written(folder: &Path) -> BTreeSet<String> {
    let man = folder.join("man");
    Command::new(assert_cmd::cargo::cargo_bin!("dhow"))
        .arg("man")
        .arg(&man)
        .assert()
        .success()
        .stdout("")
        .stderr("");
    let pages = fs::read_dir(man).unwrap();
    pages
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The commands below one, as its help lists them.
fn listed(command: &[&str]) -> Vec<String> {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("dhow"))
        .args(command)
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let Some((_, rest)) = help.split_once("Commands:\n") else {
        return Vec::new();
    };
    let lines = rest.lines().take_while(|line| line.starts_with("  "));
    let names = lines.filter(|line| !line.starts_with("   "));
    names
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_command_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = written(folder.path());
    let mut expected = BTreeSet::from(["dhow.1".to_owned()]);
    let commands = listed(&[]);
    assert!(commands.len() > 20, "{commands:?}");
    for command in commands {
        expected.insert(format!("dhow-{command}.1"));
        for below in listed(&[&command]) {
            expected.insert(format!("dhow-{command}-{below}.1"));
        }
    }
    assert_eq!(pages, expected);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "groff is what is asked")]
fn no_page_makes_groff_complain() {
    let folder = tempfile::tempdir().unwrap();
    for page in written(folder.path()) {
        let output = std::process::Command::new("groff")
            .args(["-K", "utf8", "-man", "-ww", "-T", "utf8", "-z"])
            .arg(folder.path().join("man").join(&page))
            .output()
            .unwrap_or_else(|error| {
                panic!("groff does not start ({error}); on Debian: apt-get install --no-install-recommends groff-base")
            });
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && complaints.is_empty(),
            "{page}: {complaints}"
        );
    }
}
