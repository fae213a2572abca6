//! The world that the templates of these tests see.

#![allow(dead_code, reason = "each test program uses a part of it")]

use dhow_erb::{StagedRuntime, Value};

/// Variables, commands and files for everything that a template may ask.
pub(crate) fn world() -> StagedRuntime {
    StagedRuntime::default()
        .with_variable("HOST", "web.example")
        .with_command("git rev-parse HEAD", "abc123\n", 0)
        .with_command("false", "", 1)
        .with_file("VERSION", "1.2.3\n")
        .with_file("hosts.json", r#"{"web": ["a", "b"]}"#)
        .with_file("hosts.yml", "web: a b")
        .with_file(
            ".env",
            "# settings\nexport TOKEN=\"se cret\" # t\nHOST=from-file\n\nURL=http://${HOST}/#x\n",
        )
        .with_docker("arm64")
        .with_ruby("3.3.5")
}

/// Enough of a YAML reader: `key: word word` becomes a map with a list.
pub(crate) fn yaml(text: &str) -> Result<Value, String> {
    let (key, words) = text.split_once(": ").ok_or("there is no key")?;
    let words = words.split_whitespace().map(Value::text).collect();
    Ok(Value::map(vec![(Value::text(key), Value::list(words))]))
}
