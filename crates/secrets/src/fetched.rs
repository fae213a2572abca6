//! What a password manager answered: names and values.

use dhow_redaction::Secret;
use indexmap::IndexMap;

use crate::{FetchError, json, words};

/// Names with their values, in the order they came. A manager may know a name without a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched(IndexMap<String, Option<Secret>>);

impl Fetched {
    /// Adds a value; one that was there under the same name is replaced.
    pub(crate) fn set(&mut self, name: impl Into<String>, value: Option<Secret>) {
        self.0.insert(name.into(), value);
    }

    /// Adds a value under a name that must not have another one.
    pub(crate) fn add(&mut self, name: &str, value: Option<Secret>) -> Result<(), FetchError> {
        if self.0.get(name).is_some_and(|known| *known != value) {
            return Err(FetchError::Twice(name.to_owned()));
        }
        self.set(name, value);
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)?.as_ref()
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&Secret>)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_ref()))
    }

    /// One line of JSON, an object from names to values (secrets-and-hooks §4).
    pub fn to_json(&self) -> Secret {
        let members: Vec<String> = self
            .iter()
            .map(|(name, value)| {
                let value =
                    value.map_or_else(|| "null".to_owned(), |value| json::quoted(value.expose()));
                format!("{}:{value}", json::quoted(name))
            })
            .collect();
        Secret::new(format!("{{{}}}", members.join(",")))
    }

    /// The same line so that words can be cut from it, for `extract … $SECRETS` in a secrets file
    /// (secrets-and-hooks §3.1).
    pub fn to_inline_json(&self) -> Secret {
        words::escape(&self.to_json())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values_of_one_name_are_an_error_where_they_must_not_be() {
        let mut fetched = Fetched::default();
        let mut add = |value: Option<&str>| fetched.add("a", value.map(Secret::new));
        assert!(add(Some("x")).is_ok() && add(Some("x")).is_ok());
        for other in [Some("y"), None] {
            assert_eq!(
                add(other).unwrap_err().to_string(),
                "a is present more than once"
            );
        }
    }

    #[test]
    fn json_is_compact_in_order_and_leaves_other_scripts_alone() {
        let mut fetched = Fetched::default();
        fetched.set("b", Some(Secret::new("x")));
        fetched.set("a/é", Some(Secret::new("q\"\\/\n$\u{1b}ü")));
        fetched.set("none", None);
        fetched.set("b", Some(Secret::new("y")));
        assert_eq!(
            fetched.to_json().expose(),
            "{\"b\":\"y\",\"a/é\":\"q\\\"\\\\/\\n$\\u001bü\",\"none\":null}"
        );
        assert!(!format!("{fetched:?}").contains('ü'));
    }
}
