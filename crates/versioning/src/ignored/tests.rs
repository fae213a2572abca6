use proptest::prelude::*;

use super::*;

fn rules(text: &str) -> IgnoreRules {
    IgnoreRules::parse(Path::new(".dockerignore"), text).unwrap()
}

/// The paths of these that Docker sees.
fn seen<'a>(text: &str, paths: &[&'a str]) -> Vec<&'a str> {
    let rules = rules(text);
    let seen = paths
        .iter()
        .filter(|path| !rules.leaves_out(Path::new(path)));
    seen.copied().collect()
}

#[test]
fn the_examples_of_dockers_documentation_hold() {
    let paths = [
        "temp",
        "temp/x",
        "a/temp1",
        "a/temp1/x",
        "a/b/temp2",
        "tempa",
        "README.md",
        "README-secret.md",
        "notes.md",
        "a/notes.md",
    ];
    for (text, left) in [
        (
            "# comment\n*/temp*",
            &[
                "temp",
                "temp/x",
                "a/b/temp2",
                "tempa",
                "README.md",
                "README-secret.md",
                "notes.md",
                "a/notes.md",
            ][..],
        ),
        (
            "*/*/temp*",
            &[
                "temp",
                "temp/x",
                "a/temp1",
                "a/temp1/x",
                "tempa",
                "README.md",
                "README-secret.md",
                "notes.md",
                "a/notes.md",
            ],
        ),
        (
            "temp?",
            &[
                "temp",
                "temp/x",
                "a/temp1",
                "a/temp1/x",
                "a/b/temp2",
                "README.md",
                "README-secret.md",
                "notes.md",
                "a/notes.md",
            ],
        ),
        (
            "*.md\n!README.md",
            &[
                "temp",
                "temp/x",
                "a/temp1",
                "a/temp1/x",
                "a/b/temp2",
                "tempa",
                "README.md",
                "a/notes.md",
            ],
        ),
        (
            "*.md\n!README*.md\nREADME-secret.md",
            &[
                "temp",
                "temp/x",
                "a/temp1",
                "a/temp1/x",
                "a/b/temp2",
                "tempa",
                "README.md",
                "a/notes.md",
            ],
        ),
        (
            "**/*.md",
            &[
                "temp",
                "temp/x",
                "a/temp1",
                "a/temp1/x",
                "a/b/temp2",
                "tempa",
            ],
        ),
        ("*\n!a/temp1", &["a/temp1", "a/temp1/x"]),
        ("**", &[]),
        ("", &paths),
    ] {
        assert_eq!(seen(text, &paths), left, "{text}");
    }
}

#[test]
fn patterns_are_read_as_docker_reads_them() {
    for (text, path, left_out) in [
        ("/node_modules", "node_modules/x/y", true),
        ("./node_modules/", "node_modules/x", true),
        ("a//b/../c", "a/c", true),
        ("/../a", "a", true),
        ("node_modules", "web/node_modules/x", false),
        ("**/node_modules", "web/deep/node_modules/x", true),
        ("**/node_modules", "node_modules", true),
        ("web/**", "web/a/b", true),
        ("web/**", "web", false),
        ("a/**/b", "a/b", true),
        ("a/**/b", "a/x/y/b", true),
        ("a/**/b", "ab", false),
        ("[a-c]x", "bx", true),
        ("[^a-c]x", "bx", false),
        ("[^a-c]x", "dx", true),
        ("\\*", "*", true),
        ("\\*", "a", false),
        ("a.b", "axb", false),
        ("a+(b)", "a+(b)", true),
        ("ä?", "äö", true),
        ("  spaced  ", "spaced", true),
        (" #name", "#name", true),
        ("#name", "#name", false),
        ("\u{feff}*.log", "a.log", true),
        ("*.log\r\n!b.log\r\n", "b.log", false),
        ("! b\n", "b", false),
        ("*\n! b\n", "b", false),
        (".", "a", false),
    ] {
        assert_eq!(
            rules(text).leaves_out(Path::new(path)),
            left_out,
            "{text:?}: {path}"
        );
    }
}

#[test]
fn what_is_no_pattern_is_refused_with_its_line() {
    for text in ["ok\n[a", "ok\n!", "ok\na\\", "ok\n[]", "ok\n[a-]"] {
        let error = IgnoreRules::parse(Path::new("web/.dockerignore"), text).unwrap_err();
        let pattern = text.lines().last().unwrap();
        assert_eq!(
            error.to_string(),
            format!("line 2 of web/.dockerignore is no pattern: `{pattern}`")
        );
    }
}

#[test]
fn the_file_beside_the_dockerfile_wins() {
    let folder = tempfile::tempdir().unwrap();
    let context = folder.path();
    let dockerfile = context.join("docker/Dockerfile.web");
    let read = || IgnoreRules::read(context, &dockerfile).unwrap();
    assert_eq!(read().file(), None);
    std::fs::write(context.join(".dockerignore"), "a").unwrap();
    assert!(read().leaves_out(Path::new("a")));
    std::fs::create_dir(context.join("docker")).unwrap();
    std::fs::write(context.join("docker/Dockerfile.web.dockerignore"), "b").unwrap();
    assert!(!read().leaves_out(Path::new("a")) && read().leaves_out(Path::new("b")));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "([a-c*?!/\\\\\\[\\].#^-]{0,8}\n){0,4}", path in "[a-c]{1,3}(/[a-c]{1,3}){0,3}") {
        if let Ok(rules) = IgnoreRules::parse(Path::new("x"), &text) {
            let _ = rules.leaves_out(Path::new(&path));
        }
    }

    /// Without exceptions, what is in a folder that is left out is left out.
    #[test]
    fn a_folder_takes_its_files_along(pattern in "[a-c*?]{1,4}(/[a-c*?]{1,3}){0,2}", path in "[a-c]{1,2}(/[a-c]{1,2}){0,2}") {
        let rules = rules(&pattern);
        if rules.leaves_out(Path::new(&path)) {
            prop_assert!(rules.leaves_out(&Path::new(&path).join("file")));
        }
    }

    /// A name without signs stands for itself.
    #[test]
    fn a_plain_path_fits_itself(path in "[a-z_.+(){}|$ä-]{1,6}(/[a-z0-9]{1,3}){0,2}") {
        prop_assume!(path.trim() == path && !path.starts_with("./") && !path.starts_with("../") && path != "." && path != "..");
        prop_assert!(rules(&path).leaves_out(Path::new(&path)));
    }
}
