//! Deploy files: templates, YAML, and what is read from them.

use std::path::Path;

use dhow_config::{
    Problems, Severity, Shown, Sources, explain, load, render_accessory_file, to_yaml,
};
use dhow_erb::StagedRuntime;
use dhow_names::Destination;

use crate::{parts, template::world};

/// A base file and, behind a separator, a destination's. Either both are taken, or every problem has a place in
/// one of them and can be shown.
pub(crate) fn deploy_file(data: &[u8]) {
    let Some([base, over]) = parts(data) else {
        return;
    };
    let staging: Destination = "staging".parse().expect("it is a word of plain letters");
    let over = (!over.is_empty()).then_some((&staging, over));
    let sources = Sources::of_templates(base, over, &mut world());
    let destination = over.map(|(name, _)| name);
    match load(&sources, destination) {
        Ok(loaded) => {
            to_yaml(loaded.merged);
            show(&Problems(loaded.warnings));
            let explained = explain(&sources, destination).expect("what can be loaded has origins");
            explained.to_annotated_yaml(Shown::Masked);
        }
        Err(problems) => {
            let is_error = |severity| severity == Severity::Error;
            assert!(problems.0.iter().any(|one| is_error(one.severity)));
            assert!(problems.0.iter().all(|one| one.place.is_some()));
            show(&problems);
        }
    }
}

fn show(problems: &Problems) {
    problems.render(false);
    problems.render(true);
    drop(problems.to_string());
}

/// A YAML file alone, as `YAML.load_file` reads it. What it holds can be written as JSON, and as YAML that is read
/// as the same again.
pub(crate) fn yaml(data: &[u8]) {
    let Some([text]) = parts(data) else {
        return;
    };
    if let Some(json) = as_json(text) {
        let value = serde_json::from_str(&json).expect("`to_json` makes JSON");
        let again = as_json(&to_yaml(value)).expect("what was read can be read again");
        assert_eq!(again, json);
    }
}

fn as_json(text: &str) -> Option<String> {
    let template = "<%= YAML.load_file(\"input.yml\").to_json %>";
    let mut runtime = StagedRuntime::default().with_file("input.yml", text);
    render_accessory_file(Path::new("input.erb"), template, &mut runtime).ok()
}
