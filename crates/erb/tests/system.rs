//! The real world: commands, files and variables.

mod world;

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path};

use dhow_erb::{MistakeKind, Runtime, SystemRuntime, TemplateKind, render};
use world::yaml;

fn runtime(folder: &Path) -> SystemRuntime {
    let path = std::option_env!("PATH").unwrap_or("/usr/bin:/bin");
    let path = format!("{}:{path}:/usr/bin:/bin", folder.join("bin").display());
    let variables = [("PATH", path.as_str()), ("COLOUR", "blue")];
    SystemRuntime::new(
        folder,
        variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    )
}

fn rendered(source: &str, runtime: &mut SystemRuntime) -> String {
    render(source, TemplateKind::DeployFile, runtime, yaml)
        .expect("a good template")
        .text
}

/// A program of this name in front of all others.
fn program(folder: &Path, name: &str, script: &str) {
    let path = folder.join("bin").join(name);
    fs::create_dir_all(folder.join("bin")).expect("the folder of the test is ours");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("the folder of the test is ours");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
        .expect("the folder of the test is ours");
}

#[test]
fn commands_run_in_the_project_with_the_variables_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("here"), "yes\n").unwrap();
    let mut runtime = runtime(folder.path());
    let source =
        "<%= `cat here`.chomp %> <% ENV[\"SHAPE\"] = \"round\" %><%= %x(echo $COLOUR $SHAPE) %>";
    assert_eq!(rendered(source, &mut runtime), "yes blue round\n");
    assert_eq!(
        runtime.variables().get("SHAPE").map(String::as_str),
        Some("round")
    );
}

#[test]
fn files_are_read_from_the_project() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("VERSION"), "1.2\n").unwrap();
    fs::write(folder.path().join("binary"), [0xff, 0xfe]).unwrap();
    let mut runtime = runtime(folder.path());
    let source =
        "<%= File.read(\"VERSION\").strip if File.exist?(\"VERSION\") %><%= File.exist?(\"no\") %>";
    assert_eq!(rendered(source, &mut runtime), "1.2false");
    for (path, problem) in [
        ("binary", "not valid UTF-8"),
        ("/dev/zero", "file too large"),
        ("no", "not found"),
    ] {
        let source = format!("<%= File.read(\"{path}\") %>");
        let mistakes = render(&source, TemplateKind::DeployFile, &mut runtime, yaml).unwrap_err();
        assert!(
            mistakes[0].message.contains(problem),
            "{path}: {}",
            mistakes[0]
        );
    }
}

#[test]
fn a_command_without_end_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut runtime = runtime(folder.path());
    let mistakes =
        render("<%= `yes` %>", TemplateKind::DeployFile, &mut runtime, yaml).unwrap_err();
    assert_eq!(
        mistakes[0].message,
        "the command printed more than 1048576 bytes"
    );
}

#[test]
fn a_command_that_fails_is_told_with_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut runtime = runtime(folder.path());
    for (command, message) in [
        ("exit 7", "the command ended with exit code 7"),
        (
            "no-such-program 2>&-",
            "the command ended with exit code 127",
        ),
        ("kill -TERM $$", "the command was ended by a signal"),
        (
            "printf '\\377'",
            "what the command printed is not valid UTF-8",
        ),
    ] {
        let source = format!("<%= %x({command}) %>").replace('\\', "\\\\");
        let mistakes = render(&source, TemplateKind::DeployFile, &mut runtime, yaml).unwrap_err();
        assert_eq!(mistakes[0].message, message);
        assert_eq!(mistakes[0].kind, MistakeKind::Outside);
    }
}

#[test]
fn docker_and_ruby_are_asked_when_they_are_needed() {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path(), "ruby", "printf 3.3.5");
    let source = "<%= Kamal::Utils.docker_arch %> <%= RUBY_ENGINE %>-<%= RUBY_VERSION %>";
    for (told, named) in [
        ("aarch64", "arm64"),
        ("x86_64", "amd64"),
        ("riscv64", "riscv64"),
    ] {
        let script = format!("test \"$*\" = 'info --format {{{{.Architecture}}}}' && echo {told}");
        program(folder.path(), "docker", &script);
        assert_eq!(
            rendered(source, &mut runtime(folder.path())),
            format!("{named} ruby-3.3.5")
        );
    }
    program(folder.path(), "docker", "exit 1");
    let mut runtime = runtime(folder.path());
    let mistakes = render(source, TemplateKind::DeployFile, &mut runtime, yaml).unwrap_err();
    assert!(
        mistakes[0].message.contains("is Docker running"),
        "{}",
        mistakes[0]
    );
}

#[test]
fn no_debug_print_shows_a_variable() {
    let variables = BTreeMap::from([("TOKEN".to_owned(), "hunter2".to_owned())]);
    let mut runtime = SystemRuntime::new("/", variables);
    let rendered = render(
        "<%= ENV[\"TOKEN\"] %>",
        TemplateKind::DeployFile,
        &mut runtime,
        yaml,
    )
    .unwrap();
    assert!(!format!("{runtime:?} {rendered:?}").contains("hunter2"));
    assert_eq!(runtime.variable("TOKEN").as_deref(), Some("hunter2"));
}
