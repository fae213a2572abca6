//! What a host's engine tells of its containers and images, as values.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// One line of `docker ps --all --no-trunc --format json`, cut to what tests ask.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listed {
    /// The container's name.
    #[serde(rename = "Names")]
    pub name: String,
    /// The image reference it was started from.
    pub image: String,
    /// `running`, `exited`, `created`, …
    pub state: String,
    /// The engine lists them as `name=value`, joined by commas, in another order each time.
    #[serde(rename = "Labels", deserialize_with = "labels")]
    labels: BTreeMap<String, String>,
}

impl Listed {
    /// Whether it runs now.
    pub fn runs(&self) -> bool {
        self.state == "running"
    }

    /// The value of a label that holds no comma.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }
}

fn labels<'de, D: Deserializer<'de>>(listed: D) -> Result<BTreeMap<String, String>, D::Error> {
    let listed = String::deserialize(listed)?;
    let pairs = listed.split(',').filter_map(|label| label.split_once('='));
    Ok(pairs
        .map(|(name, value)| (name.into(), value.into()))
        .collect())
}

/// Reads the lines.
pub(crate) fn containers(lines: &str) -> Vec<Listed> {
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_docker_ps_becomes_a_value() {
        let line = r#"{"Command":"\"shop-server\"","ID":"a1","Image":"registry:5000/shop:1f","Labels":"destination=,role=web,service=shop","Names":"shop-web-1f","State":"running","Status":"Up 2 seconds"}"#;
        let [container] = &containers(line)[..] else {
            panic!("one line, one container")
        };
        assert!(container.runs());
        assert_eq!(container.name, "shop-web-1f");
        assert_eq!(container.label("role"), Some("web"));
        assert_eq!(container.label("destination"), Some(""));
        assert_eq!(container.label("version"), None);
    }
}
