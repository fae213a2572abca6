//! What was asked, one JSON object a line, in the order in which it was asked.

use std::{
    fs::OpenOptions,
    io::Write as _,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::place;

/// Microseconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_micros()).unwrap_or(0))
}

/// Adds an event. A journal that cannot be written must not look like a host that was asked nothing.
pub fn note(event: &str, more: &Value) {
    let mut line = json!({"at": now(), "event": event, "host": place::host()});
    if let (Some(line), Some(more)) = (line.as_object_mut(), more.as_object()) {
        line.extend(more.clone());
    }
    let journal = OpenOptions::new()
        .append(true)
        .create(true)
        .open(format!("{}/journal", place::ROOT));
    // One write, so that lines of programs that run at the same time do not mix.
    journal
        .and_then(|mut journal| journal.write_all(format!("{line}\n").as_bytes()))
        .expect("the journal can be written");
}

/// A program was called.
pub fn call(program: &str, words: &[String]) {
    let request = std::env::var(place::REQUEST).unwrap_or_default();
    note(
        "call",
        &json!({"request": request, "program": program, "words": words}),
    );
}
