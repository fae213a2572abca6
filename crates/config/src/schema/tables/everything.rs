//! `testdata/deploy-files/everything.yml` says what its name promises.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{Kind, Section, Support},
    CERTIFICATE, ENV, ENV_OF_TAG, MOUNT, ROLE, ROOT,
};
use crate::{
    source::Layer,
    tree::{Node, parse},
};

/// The keys of each section, by its name: all there are, and those that were met.
#[derive(Default)]
struct Keys {
    known: BTreeMap<&'static str, BTreeSet<&'static str>>,
    met: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Keys {
    /// Walks through a section wherever it is written; `nodes` are those places.
    fn section(&mut self, section: &'static Section, nodes: &[&Node]) {
        for rule in section.keys {
            if rule.support == Support::OfKamal1 {
                continue;
            }
            let values: Vec<&Node> = nodes
                .iter()
                .filter_map(|node| Some(&node.entry(rule.name)?.value))
                .collect();
            self.known
                .entry(section.name)
                .or_default()
                .insert(rule.name);
            if !values.is_empty() {
                let met = self.met.entry(section.name).or_default();
                met.insert(rule.name.to_owned());
            }
            self.values(rule.kind, &values);
        }
    }

    fn values(&mut self, kind: Kind, nodes: &[&Node]) {
        let below = |nodes: &[&'_ Node]| -> Vec<Node> {
            let mappings = nodes.iter().filter_map(|node| node.mapping());
            let lists = nodes.iter().filter_map(|node| node.list());
            let values = mappings.flatten().map(|entry| entry.value.clone());
            values.chain(lists.flatten().cloned()).collect()
        };
        match kind {
            Kind::Section(section) | Kind::BooleanOr(section) | Kind::FalseOr(section) => {
                self.section(section, nodes);
            }
            Kind::Each(section) => self.each(section, &below(nodes)),
            Kind::OrKamal1(kind, _) => self.values(*kind, nodes),
            Kind::EnvTags => self.each(&ENV_OF_TAG, &below(nodes)),
            Kind::Servers => self.each(&ROLE, &below(nodes)),
            Kind::Mounts => self.each(&MOUNT, &below(nodes)),
            Kind::Ssl => self.section(&CERTIFICATE, nodes),
            // An environment of a tag is met below `tags`, which would come round again.
            Kind::Env { tags: true } => self.section(&ENV, nodes),
            // Below `version` the keys exclude one another, so no file holds all.
            _ => {}
        }
    }

    fn each(&mut self, section: &'static Section, nodes: &[Node]) {
        self.section(section, &nodes.iter().collect::<Vec<_>>());
    }
}

#[test]
fn the_file_with_everything_holds_every_key() {
    let text = include_str!("../../../../../testdata/deploy-files/everything.yml");
    let tree = parse(text, Layer::Base).root.expect("a file that is fine");
    let mut keys = Keys::default();
    keys.section(&ROOT, &[&tree]);
    let mut missing = Vec::new();
    for (section, known) in &keys.known {
        let met = keys.met.remove(section).unwrap_or_default();
        let absent = known.iter().filter(|key| !met.contains(**key));
        missing.extend(absent.map(|key| format!("{section}: {key}")));
    }
    assert_eq!(missing, Vec::<String>::new());
}
