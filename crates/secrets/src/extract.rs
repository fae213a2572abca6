//! Takes one secret out of what a fetch gave.

use dhow_redaction::Secret;
use indexmap::IndexSet;

use crate::json::{self, NotJson};

/// Why a secret cannot be taken out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// No key fits, or the one that does has no value. The text is Kamal's (secrets-and-hooks §4).
    #[error("Could not find secret {name}{}", what_there_is(name, keys))]
    NotFound {
        /// The name that was asked for.
        name: String,
        /// The keys that are there, each once.
        keys: Vec<String>,
    },
    /// Several keys end in the name, where Kamal takes the first.
    #[error("several secrets are called {name}: {}; say which one", keys.join(", "))]
    Ambiguous {
        /// The name that was asked for.
        name: String,
        /// The first keys that end in it.
        keys: Vec<String>,
    },
    /// The text to take it from is no JSON.
    #[error("the JSON to take the secret from cannot be read")]
    NotJson(#[source] NotJson),
    /// It is JSON of another form.
    #[error("the JSON to take the secret from is no object of names and values")]
    NoObject,
}

/// The value of the key `name`, else of the only key that ends in `/name` (secrets-and-hooks §4). A value
/// that is no string comes as JSON.
pub fn extract(name: &str, text: &Secret) -> Result<Secret, ExtractError> {
    json::parse(text).map_err(ExtractError::NotJson)?;
    let members = json::members(text).ok_or(ExtractError::NoObject)?;
    let value_of = |key: &str| {
        let member = members.iter().rev().find(|(known, _)| known == key)?;
        json::secret(&member.1)
    };
    if let Some(value) = value_of(name) {
        return Ok(value);
    }
    let known: IndexSet<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
    let ending = format!("/{name}");
    let fitting: Vec<&str> = known
        .iter()
        .copied()
        .filter(|key| key.ends_with(&ending))
        .collect();
    let not_found = || ExtractError::NotFound {
        name: name.to_owned(),
        keys: known.iter().map(ToString::to_string).collect(),
    };
    match fitting.as_slice() {
        [key] => value_of(key).ok_or_else(not_found),
        [] => Err(not_found()),
        _ => Err(ExtractError::Ambiguous {
            name: name.to_owned(),
            keys: fitting.iter().take(TOLD).map(ToString::to_string).collect(),
        }),
    }
}

/// So many keys are told; a fetch of a whole project may give hundreds.
const TOLD: usize = 10;

fn what_there_is(name: &str, keys: &[String]) -> String {
    let fits = |key: &String| key == name || key.ends_with(&format!("/{name}"));
    if keys.iter().any(fits) {
        return "; it is there without a value".to_owned();
    }
    match keys {
        [] => "; there is none at all".to_owned(),
        keys if keys.len() > TOLD => format!("; there are {} others", keys.len()),
        keys => format!("; there is {}", keys.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(name: &str, json: &str) -> String {
        match extract(name, &Secret::new(json)) {
            Ok(secret) => secret.expose().to_owned(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn the_exact_key_wins_then_the_only_one_that_ends_in_the_name() {
        let json = r#"{"v/i/A":"1","A":"2","v/B":"3","x/C":"4","y/C":"5","n":null,"v/n":"6","nn":null,"p":5432,"o":{"a":[1]}}"#;
        assert_eq!(take("A", json), "2");
        assert_eq!(take("i/A", json), "1");
        assert_eq!(take("B", json), "3");
        assert_eq!(take("n", json), "6");
        assert_eq!(take("p", json), "5432");
        assert_eq!(take("o", json), r#"{"a":[1]}"#);
        for missing in ["b", "", "/B"] {
            let error = format!(
                "error: Could not find secret {missing}; there is v/i/A, A, v/B, x/C, y/C, n, v/n, nn, p, o"
            );
            assert_eq!(take(missing, json), error);
        }
        let valueless = "error: Could not find secret nn; it is there without a value";
        assert_eq!(take("nn", json), valueless);
        assert_eq!(
            take("A", "{}"),
            "error: Could not find secret A; there is none at all"
        );
        let many: Vec<String> = (0..11).map(|number| format!("\"{number}\":1")).collect();
        let many = format!("{{{}}}", many.join(","));
        assert_eq!(
            take("A", &many),
            "error: Could not find secret A; there are 11 others"
        );
        assert_eq!(
            take("C", json),
            "error: several secrets are called C: x/C, y/C; say which one"
        );
    }

    #[test]
    fn what_is_no_object_is_said_without_showing_it() {
        for text in [
            "{\"A\": hunter2}",
            "hunter2",
            "[\"hunter2\"]",
            "\"hunter2\"",
            "",
        ] {
            let error = extract("A", &Secret::new(text)).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }
}
