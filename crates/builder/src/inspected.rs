//! What `docker buildx inspect` says of a builder, and whether that is the one that is wanted.

use dhow_config::Architecture;

use crate::instance::{Instance, Place, context};

/// What [`Instance::look`] printed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Inspected<'a> {
    driver: &'a str,
    nodes: Vec<Node<'a>>,
    /// Every context that was asked for: its name, and the engine it leads to.
    contexts: Vec<(&'a str, &'a str)>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Node<'a> {
    endpoint: &'a str,
    /// Empty where the builder was not started yet and nobody has asked for any.
    platforms: Vec<&'a str>,
}

impl<'a> Inspected<'a> {
    fn read(text: &'a str) -> Self {
        let mut inspected = Self::default();
        let mut in_nodes = false;
        for line in text.lines() {
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            match key {
                "Nodes" => in_nodes = true,
                "Driver" => inspected.driver = value,
                "Name" if in_nodes => inspected.nodes.push(Node::default()),
                "Context" => inspected.contexts.extend(value.split_once(' ')),
                _ => {}
            }
            let Some(node) = inspected.nodes.last_mut() else {
                continue;
            };
            match key {
                "Endpoint" => node.endpoint = value,
                "Platforms" => {
                    // A star marks those that were asked for.
                    let names = value.split(',').map(|it| it.trim().trim_end_matches('*'));
                    node.platforms = names.filter(|it| !it.is_empty()).collect();
                }
                _ => {}
            }
        }
        inspected
    }

    fn leads_to(&self, context: &str, engine: &str) -> bool {
        self.contexts.contains(&(context, engine))
    }
}

impl Instance {
    /// Whether what [`look`](Self::look) printed tells of a builder that builds where and how it should.
    pub fn fits(&self, printed: &str) -> bool {
        let Self::Own { name, place, .. } = self else {
            return true;
        };
        let found = Inspected::read(printed);
        let context = context(name);
        let at_context =
            |node: &Node<'_>, url: &str| node.endpoint == context && found.leads_to(&context, url);
        match (place, found.nodes.as_slice()) {
            (Place::Cloud { .. }, [_, ..]) => found.driver == "cloud",
            (Place::Here { driver }, [node]) => {
                // The engine of today's context, or of DOCKER_HOST, by its name or its address.
                let own = found
                    .contexts
                    .iter()
                    .any(|(name, engine)| [*name, *engine].contains(&node.endpoint));
                found.driver == driver && own
            }
            (Place::There { url }, [node]) => at_context(node, url),
            (
                Place::Both {
                    driver,
                    here,
                    url,
                    there,
                },
                [first, second],
            ) => {
                found.driver == driver
                    && at_context(second, url)
                    && builds_for(first, here)
                    && builds_for(second, there)
            }
            _ => false,
        }
    }
}

/// `linux/arm64` stands for `linux/arm64/v8` as well, which engines may call it.
fn builds_for(node: &Node<'_>, wanted: &[Architecture]) -> bool {
    let does = |arch: &Architecture| {
        let exactly = format!("linux/{}", arch.as_str());
        let family = format!("linux/{}", arch.family());
        let platforms = node.platforms.iter();
        platforms
            .clone()
            .any(|it| **it == exactly || **it == family)
    };
    wanted.iter().all(does)
}

#[cfg(test)]
mod tests;
