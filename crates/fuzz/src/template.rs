//! ERB templates, and the files that their tags read.

use dhow_erb::{StagedRuntime, TemplateKind, Value, render};

use crate::parts;

/// Variables, commands and files for everything that a template may ask.
pub(crate) fn world() -> StagedRuntime {
    StagedRuntime::default()
        .with_variable("HOST", "web.example")
        .with_variable("HOSTS", "a,b,c")
        .with_command("git rev-parse HEAD", "abc123\n", 0)
        .with_command("false", "", 1)
        .with_file("VERSION", "1.2.3\n")
        .with_file("hosts.json", r#"{"web": ["a", "b"]}"#)
        .with_file("hosts.yml", "web: a b")
        .with_file(".env", "TOKEN=\"se cret\"\nURL=http://${HOST}/\n")
        .with_docker("arm64")
        .with_ruby("3.3.5")
}

/// Enough of a YAML reader: each word becomes an element, and no word is a mistake.
fn words(text: &str) -> Result<Value, String> {
    let words: Vec<Value> = text.split_whitespace().map(Value::text).collect();
    if words.is_empty() {
        return Err("there is no word".to_owned());
    }
    Ok(Value::list(words))
}

/// A template as a deploy file and as a file of an accessory. Every byte that comes out leads back into the
/// template, and so does every mistake.
pub(crate) fn template(data: &[u8]) {
    let Some([source]) = parts(data) else {
        return;
    };
    for kind in [TemplateKind::DeployFile, TemplateKind::AccessoryFile] {
        rendered(source, kind, &mut world());
    }
}

/// The code of one tag, which reaches further into the language than any text.
pub(crate) fn expression(data: &[u8]) {
    let Some([code]) = parts(data) else {
        return;
    };
    let source = format!("<%= {code} %>");
    rendered(&source, TemplateKind::DeployFile, &mut world());
}

/// A file as `Dotenv` reads it.
pub(crate) fn dotenv(data: &[u8]) {
    let Some([text]) = parts(data) else {
        return;
    };
    let source = "<% Dotenv.overload %><%= ENV[\"A\"] %>";
    let mut runtime = world().with_file(".env", text);
    rendered(source, TemplateKind::AccessoryFile, &mut runtime);
}

fn rendered(source: &str, kind: TemplateKind, runtime: &mut StagedRuntime) {
    match render(source, kind, runtime, words) {
        Ok(rendered) => {
            let length = rendered.text.len();
            // Some places will do where there are very many.
            for at in (0..=length).step_by(1 + length / 1000) {
                let range = rendered.map.to_source(at..at);
                assert!(range.start <= range.end && range.end <= source.len());
            }
            rendered.map.to_source(0..length + 9);
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            for mistake in mistakes {
                let range = mistake.range;
                assert!(range.start <= range.end && range.end <= source.len());
                assert!(source.is_char_boundary(range.start));
            }
        }
    }
}
