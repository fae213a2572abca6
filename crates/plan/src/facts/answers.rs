//! Reading what the hosts answered.

use std::collections::BTreeMap;

use dhow_docker::{app, lock};

use dhow_names::Digest;
use serde::Deserialize;

use crate::accessories::AccessoryContainer;

use super::{
    Container, Engine, HostFacts, ImageStore, KeptImage, ProxyContainer, inquiry::Question,
};

/// What one question brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The command's exit code.
    pub exit_code: i32,
    /// What it printed.
    pub output: String,
    /// What it complained about.
    pub errors: String,
}

/// An answer in a form nobody expected.
#[derive(Debug, thiserror::Error)]
#[error("the answer {answer:?} cannot be read: {expected} was expected")]
pub struct UnreadableAnswer {
    answer: String,
    expected: &'static str,
}

/// Docker's word for a tag or a digest that is not there.
const NOTHING: &str = "<none>";

/// How a shell says that there is no such command.
const COMMAND_NOT_FOUND: i32 = 127;

pub(super) fn read(
    questions: &[Question<'_>],
    answers: &[Answer],
) -> Result<HostFacts, UnreadableAnswer> {
    let mut facts = HostFacts::default();
    for (question, answer) in questions.iter().zip(answers) {
        let text = answer.output.trim();
        match question {
            Question::Engine => facts.engine = read_engine(answer),
            Question::Network => facts.network = answer.exit_code == 0,
            Question::Containers => facts.containers = read_containers(&facts.engine, answer)?,
            Question::Current(role) => {
                if !text.is_empty() {
                    facts.current.insert(role.name.clone(), text.to_owned());
                }
            }
            Question::Proxy => facts.proxy = read_proxy(text),
            Question::Accessory(accessory) => {
                listed(&facts.engine, answer, "the accessory's containers")?;
                if !text.is_empty() {
                    facts.accessories.push(accessory.name.clone());
                }
            }
            Question::Comparison(accessory) => {
                listed(&facts.engine, answer, "the accessory's container")?;
                facts.compared.insert(accessory.name.clone());
                if let Some(container) = read_compared(text)? {
                    facts
                        .accessory_containers
                        .insert(accessory.name.clone(), container);
                }
            }
            Question::Images => {
                listed(&facts.engine, answer, "the app's images")?;
                facts.images = read_images(text);
            }
            Question::Store => facts.store = read_store(text),
            Question::Apps => facts.apps = lines(text).map(str::to_owned).collect(),
            Question::Lock => {
                facts.lock = (answer.exit_code != lock::FREE).then(|| text.to_owned());
            }
        }
    }
    Ok(facts)
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Something that speaks Docker's command line may answer in words of its own; it is taken as it is.
fn read_engine(answer: &Answer) -> Engine {
    match answer.exit_code {
        0 => {
            let words: Vec<&str> = answer.output.split_whitespace().collect();
            match words.as_slice() {
                [version, architecture] => Engine::Running {
                    version: Some((*version).to_owned()),
                    architecture: Some((*architecture).to_owned()),
                },
                _ => Engine::Running {
                    version: None,
                    architecture: None,
                },
            }
        }
        COMMAND_NOT_FOUND => Engine::Missing,
        _ => Engine::Silent {
            said: answer.errors.trim().to_owned(),
        },
    }
}

/// An engine that answers and does not list what it has is no engine that has nothing.
fn listed(
    engine: &Engine,
    answer: &Answer,
    expected: &'static str,
) -> Result<(), UnreadableAnswer> {
    if matches!(engine, Engine::Running { .. }) && answer.exit_code != 0 {
        return Err(UnreadableAnswer {
            answer: answer.errors.clone(),
            expected,
        });
    }
    Ok(())
}

fn read_containers(engine: &Engine, answer: &Answer) -> Result<Vec<Container>, UnreadableAnswer> {
    listed(engine, answer, "a list of containers")?;
    lines(&answer.output).map(read_container).collect()
}

fn read_container(line: &str) -> Result<Container, UnreadableAnswer> {
    let mut fields = line.split(app::FIELD).map(str::to_owned);
    match (fields.next(), fields.next(), fields.next()) {
        (Some(name), Some(state), Some(role)) => Ok(Container {
            name,
            state,
            role,
            image: fields.next().unwrap_or_default(),
        }),
        _ => Err(UnreadableAnswer {
            answer: line.to_owned(),
            expected: "a container's name, state and role",
        }),
    }
}

/// A tag has a line for each of its digests.
fn read_images(text: &str) -> Vec<KeptImage> {
    let mut images: Vec<KeptImage> = Vec::new();
    for line in lines(text) {
        let (tag, digest) = line.split_once(' ').unwrap_or((line, ""));
        if tag == NOTHING {
            continue;
        }
        let known = images.iter().position(|image| image.tag == tag);
        let at = known.unwrap_or_else(|| {
            images.push(KeptImage {
                tag: tag.to_owned(),
                digests: Vec::new(),
            });
            images.len() - 1
        });
        // `<none>`, for an image that never met a registry.
        images[at].digests.extend(digest.parse::<Digest>());
    }
    images
}

/// What is not understood is not known: nothing that a deploy needs depends on it.
fn read_store(text: &str) -> Option<ImageStore> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Registries {
        mirrors: Option<Vec<String>>,
        index_configs: Option<BTreeMap<String, Index>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Index {
        secure: bool,
    }
    let (about, disk) = text.split_once('\n').unwrap_or((text, ""));
    let (_, registries) = about.split_once('|')?;
    let registries: Registries = serde_json::from_str(registries).unwrap_or_default();
    let blocks = disk.split_whitespace().nth(3);
    let blocks = blocks.and_then(|it| it.parse::<u64>().ok());
    let indices = registries.index_configs.unwrap_or_default().into_iter();
    Some(ImageStore {
        free: blocks.map(|blocks| blocks.saturating_mul(1024)),
        mirror: registries.mirrors.and_then(|it| it.into_iter().next()),
        plain: indices
            .filter_map(|(name, index)| (!index.secure).then_some(name))
            .collect(),
    })
}

/// What [`dhow_docker::accessory::compare`] prints.
fn read_compared(text: &str) -> Result<Option<AccessoryContainer>, UnreadableAnswer> {
    let mut lines = lines(text);
    let Some(first) = lines.next() else {
        return Ok(None);
    };
    let fields: Vec<&str> = first.split(app::FIELD).map(str::trim).collect();
    let [state, exit_code, image, policy, count, network, ports @ ..] = fields.as_slice() else {
        return Err(UnreadableAnswer {
            answer: first.to_owned(),
            expected: "an accessory's state and settings",
        });
    };
    let ports = ports.iter().flat_map(|ports| ports.split_whitespace());
    let mut container = AccessoryContainer {
        state: (*state).to_owned(),
        // What is no number is not what a container that is done has ended with.
        exit_code: exit_code.parse().unwrap_or(-1),
        image: (*image).to_owned(),
        restart: match *count {
            "0" | "" => (*policy).to_owned(),
            count => format!("{policy}:{count}"),
        },
        network: (*network).to_owned(),
        ports: ports.map(str::to_owned).collect(),
        ..AccessoryContainer::default()
    };
    for line in lines {
        match line.strip_prefix("differs ") {
            Some(aspect) => container.differing.push(aspect.to_owned()),
            None if line == "recorded" => container.is_recorded = true,
            None => {}
        }
    }
    Ok(Some(container))
}

fn read_proxy(text: &str) -> Option<ProxyContainer> {
    let (state, image) = text.split_once(' ')?;
    // A tag never holds a slash, the port of a registry is always followed by one.
    let named = image.split_once('@').map_or(image, |(named, _)| named);
    let tag = named
        .rsplit_once(':')
        .map(|(_, tag)| tag)
        .filter(|tag| !tag.contains('/'));
    Some(ProxyContainer {
        running: state == "running",
        tag: tag.unwrap_or("latest").to_owned(),
    })
}
