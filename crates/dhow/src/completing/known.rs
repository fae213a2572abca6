//! The names that a project knows, as far as its files tell them at a glance.

use std::{collections::BTreeSet, path::Path};

use dhow_config::Sources;
use dhow_versioning::recent_versions;
use serde_yaml::{Mapping, Value};

use super::Name;
use crate::{arguments::ALL, environment::Environment};

/// So many versions are enough to choose from.
const VERSIONS: usize = 20;

/// So much of a deploy file is looked at.
const LONGEST: u64 = 1024 * 1024;

/// Names, each with what to say about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) hosts: Vec<Name>,
    pub(super) roles: Vec<Name>,
    /// With the word for all of them.
    pub(super) accessories: Vec<Name>,
    pub(super) destinations: Vec<Name>,
    pub(super) versions: Vec<Name>,
}

impl Known {
    /// Looks at the deploy file, at that of the destination, and at the repository. What cannot be read knows nothing.
    pub(super) fn read(
        environment: &Environment,
        config_file: &Path,
        destination: Option<&str>,
    ) -> Self {
        let folder = &environment.folder;
        let mut known = Names::default();
        known.add(&folder.join(config_file));
        if let Some(destination) = destination {
            known.add(&folder.join(Sources::destination_file(config_file, destination)));
        }
        let plain = |names: BTreeSet<String>| names.into_iter().map(|it| (it, None)).collect();
        let destinations = Sources::destinations(folder, config_file);
        let versions = recent_versions(folder, VERSIONS).into_iter();
        if !known.accessories.is_empty() {
            known.accessories.insert(ALL.to_owned());
        }
        Self {
            hosts: plain(known.hosts),
            roles: plain(known.roles),
            accessories: plain(known.accessories),
            destinations: destinations.into_iter().map(|it| (it, None)).collect(),
            versions: versions.map(|it| (it.name, Some(it.about))).collect(),
        }
    }
}

/// The names in deploy files.
#[derive(Debug, Default, PartialEq, Eq)]
struct Names {
    hosts: BTreeSet<String>,
    roles: BTreeSet<String>,
    accessories: BTreeSet<String>,
}

impl Names {
    fn add(&mut self, file: &Path) {
        let is_short = fs_err::metadata(file).is_ok_and(|it| it.len() <= LONGEST);
        if let Some(text) = is_short
            .then(|| fs_err::read_to_string(file).ok())
            .flatten()
        {
            self.add_text(&text);
        }
    }

    fn add_text(&mut self, text: &str) {
        let value: Value = serde_yaml::from_str(&without_tags(text)).unwrap_or_default();
        let Some(root) = value.as_mapping() else {
            return;
        };
        match root.get("servers") {
            Some(Value::Sequence(hosts)) => {
                self.roles.insert("web".to_owned());
                self.add_hosts(hosts);
            }
            Some(Value::Mapping(roles)) => self.add_roles(roles),
            _ => {}
        }
        if let Some(Value::Mapping(accessories)) = root.get("accessories") {
            for (name, accessory) in accessories {
                self.accessories.extend(text_of(name));
                if let Value::Mapping(accessory) = accessory {
                    self.add_hosts_of(accessory);
                }
            }
        }
    }

    fn add_roles(&mut self, roles: &Mapping) {
        for (name, role) in roles {
            self.roles.extend(text_of(name));
            match role {
                Value::Sequence(hosts) => self.add_hosts(hosts),
                Value::Mapping(role) => self.add_hosts_of(role),
                _ => {}
            }
        }
    }

    fn add_hosts_of(&mut self, settings: &Mapping) {
        self.hosts.extend(settings.get("host").and_then(text_of));
        if let Some(Value::Sequence(hosts)) = settings.get("hosts") {
            self.add_hosts(hosts);
        }
    }

    /// A host stands alone, or is the key of its tags.
    fn add_hosts(&mut self, hosts: &[Value]) {
        let host = |value: &Value| match value {
            Value::Mapping(tagged) => tagged.keys().next().and_then(text_of),
            value => text_of(value),
        };
        self.hosts.extend(hosts.iter().filter_map(host));
    }
}

/// A text that can be a name; what an ERB tag would have made is none.
fn text_of(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    (!text.is_empty() && !text.contains(TAG)).then(|| text.to_owned())
}

/// What stands in the place of a tag.
const TAG: char = '\u{fffc}';

/// The text without ERB tags, which are not evaluated: they may run programs. A line that is nothing but tags of
/// control is left out.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once("<%") {
        plain.push_str(before);
        let (inside, after) = tag.split_once("%>").unwrap_or((tag, ""));
        if inside.starts_with('=') {
            plain.push(TAG);
        }
        rest = after;
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> String {
        let mut known = Names::default();
        known.add_text(text);
        let joined = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(" ");
        let Names {
            hosts,
            roles,
            accessories,
        } = known;
        format!(
            "{} | {} | {}",
            joined(hosts),
            joined(roles),
            joined(accessories)
        )
    }

    #[test]
    fn names_stand_wherever_a_deploy_file_may_have_them() {
        for (text, expected) in [
            ("servers: [a, b: [tag]]", "a b | web | "),
            (
                "servers: {web: [a], jobs: {hosts: [b: one], cmd: x}}\n\
                 accessories: {db: {host: c}, cache: {hosts: [d, e]}, log: {role: web}}",
                "a b c d e | jobs web | cache db log",
            ),
            ("service: shop", " |  | "),
            ("servers: [", " |  | "),
            ("", " |  | "),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn tags_are_passed_over() {
        let text = "\
service: <%= `touch ran` %>
servers:
  web:
    - a
    <% if ENV['MORE'] -%>
    - b
    <% end %>
    - <%= ENV['HOST'] %>
";
        assert_eq!(names(text), "a b | web | ");
    }
}
