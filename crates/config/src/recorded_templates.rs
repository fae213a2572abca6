//! Templates beside what Ruby's ERB renders of them, which `bin/parity record` has written down.

use std::{collections::BTreeMap, fs, path::Path};

use dhow_erb::{Mistake, SystemRuntime, TemplateKind, render};

use crate::template::read_yaml;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata");

/// The folder, variables and programs that the records were made with.
fn world() -> SystemRuntime {
    let folder = Path::new(TESTDATA).join("erb/world");
    let folder = folder.canonicalize().expect("the folder is there");
    let text = fs::read_to_string(folder.join("variables")).expect("a file");
    let pairs = text
        .lines()
        .map(|line| line.split_once('=').expect("NAME=value"));
    let mut variables: BTreeMap<String, String> = pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let path = format!("{}/bin:/usr/bin:/bin", folder.display());
    variables.insert("PATH".to_owned(), path);
    SystemRuntime::new(folder, variables)
}

fn rendered(template: &str) -> Result<String, Vec<Mistake>> {
    let rendered = render(template, TemplateKind::DeployFile, &mut world(), read_yaml)?;
    Ok(rendered.text)
}

/// Name and text of each template in a folder.
fn templates(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(TESTDATA).join(folder);
    let mut templates = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "erb") {
            let name = path.file_stem().expect("a name").to_string_lossy();
            templates.push((name.into_owned(), fs::read_to_string(&path).expect("text")));
        }
    }
    templates.sort();
    templates
}

fn recorded(folder: &str, name: &str, ending: &str) -> Option<String> {
    fs::read_to_string(
        Path::new(TESTDATA)
            .join(folder)
            .join(format!("{name}.{ending}")),
    )
    .ok()
}

/// Where our text is another one, line by line.
fn differences(template: &str, ours: &str, ruby: &str) -> String {
    let lines = ours.lines().zip(ruby.lines()).zip(template.lines());
    let different = lines.filter(|((ours, ruby), _)| ours != ruby);
    let told: Vec<String> = different
        .map(|((ours, ruby), written)| format!("{written}\n    ours {ours}\n    ruby {ruby}"))
        .collect();
    if told.is_empty() {
        format!("ours {ours:?}\n    ruby {ruby:?}")
    } else {
        told.join("\n")
    }
}

#[test]
fn templates_render_as_with_ruby() {
    let templates = templates("erb");
    assert!(templates.len() > 120, "only {} templates", templates.len());
    let mut wrong = Vec::new();
    for (name, template) in templates {
        match (rendered(&template), recorded("erb", &name, "out")) {
            (Ok(ours), Some(ruby)) if ours != ruby => {
                let told = differences(&template, &ours, &ruby);
                wrong.push(format!("{name}: {told}"));
            }
            (Err(mistakes), Some(_)) => wrong.push(format!("{name}: {mistakes:#?}")),
            (Ok(_), None) => wrong.push(format!("{name} is refused by Ruby")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What Ruby takes and we do not know is refused in its line, with what to write instead.
#[test]
fn templates_beyond_the_known_ruby_are_refused_at_their_place() {
    let mut told = Vec::new();
    for (name, template) in templates("erb-refused") {
        let ruby = recorded("erb-refused", &name, "out");
        assert!(ruby.is_some(), "{name} is refused by Ruby too");
        let mistakes = rendered(&template).expect_err(&name);
        told.push(format!("──── {name}\n{template}"));
        for mistake in mistakes {
            let help = mistake.help.unwrap_or_else(|| panic!("{name}: no help"));
            let line = template[..mistake.range.start].matches('\n').count() + 1;
            let place = &template[mistake.range.clone()];
            let message = mistake.message;
            told.push(format!("line {line}, `{place}`: {message}\n    {help}\n"));
        }
    }
    insta::assert_snapshot!(told.concat());
}
