//! Reading what the hosts answered.

use dhow_docker::{app, lock};

use super::{Container, Engine, HostFacts, ProxyContainer, inquiry::Question};

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
            Question::Tags => {
                listed(&facts.engine, answer, "the app's images")?;
                facts.tags = lines(text).map(str::to_owned).collect();
            }
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
        (Some(name), Some(state), Some(role)) => Ok(Container { name, state, role }),
        _ => Err(UnreadableAnswer {
            answer: line.to_owned(),
            expected: "a container's name, state and role",
        }),
    }
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
