//! Asking the hosts.

use dhow_config::{Accessory, Role};
use dhow_docker::{Names, Repository, accessory, app, image, lock, proxy, server};
use dhow_names::Host;
use dhow_roles::Fleet;
use dhow_shell::CommandLine;

use super::{
    HostFacts,
    answers::{Answer, UnreadableAnswer, read},
};
use crate::plan::{Block, HostWork, Step};
use crate::{accessories::expected, recipe::Settled};

/// The questions for one host, in the order they are asked. Nothing is changed by asking.
#[derive(Clone, Debug)]
pub struct Inquiry<'config> {
    host: Host,
    questions: Vec<Question<'config>>,
    steps: Vec<Step>,
}

/// What a step of the script asks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question<'config> {
    Engine,
    Network,
    Containers,
    Current(&'config Role),
    Proxy,
    Accessory(&'config Accessory),
    Comparison(&'config Accessory),
    Images,
    Store,
    Apps,
    Lock,
}

impl Question<'_> {
    /// What it is about, as a person would say it.
    fn title(self) -> String {
        let told = match self {
            Self::Engine => "look at the engine",
            Self::Network => "look for the network",
            Self::Containers => "look at the containers",
            Self::Current(role) => return format!("look which container of {} serves", role.name),
            Self::Proxy => "look at the proxy",
            Self::Accessory(it) => return format!("look for {}", it.name),
            Self::Comparison(it) => return format!("look whether {} is as it should be", it.name),
            Self::Images => "look at the images",
            Self::Store => "look at the room for images",
            Self::Apps => "look which apps there are",
            Self::Lock => "look at the deploy lock",
        };
        told.to_owned()
    }
}

impl<'config> Inquiry<'config> {
    /// What has to be known of `host` for any command about `fleet`.
    pub fn about(fleet: &Fleet<'config>, host: &Host) -> Self {
        let config = fleet.config();
        let mut inquiry = Self {
            host: host.clone(),
            questions: Vec::new(),
            steps: Vec::new(),
        };
        let names = Names::of(config);
        let repository = Repository::of(config);
        inquiry.ask(Question::Engine, server::engine());
        let placements = fleet.on(host);
        inquiry.ask(Question::Network, server::has_network());
        if !placements.is_empty() {
            inquiry.ask(Question::Containers, app::containers_of_service(&names));
            inquiry.ask(Question::Images, image::tags(&repository));
        }
        for placement in placements {
            let current = app::serving_container(&names, &repository, placement.role);
            inquiry.ask(Question::Current(placement.role), current);
        }
        inquiry.ask(Question::Proxy, proxy::state());
        inquiry.ask(Question::Apps, server::list_apps());
        for accessory in config
            .accessories
            .iter()
            .filter(|it| it.hosts.contains(host))
        {
            inquiry.ask(Question::Accessory(accessory), accessory::exists(accessory));
        }
        if host == fleet.primary_host() {
            inquiry.ask(Question::Lock, lock::status(&names));
        }
        inquiry
    }

    /// The same, and what a pull depends on.
    #[must_use]
    pub fn and_the_store(mut self, fleet: &Fleet<'config>) -> Self {
        if !fleet.on(&self.host).is_empty() {
            self.ask(Question::Store, image::store());
        }
        self
    }

    /// Compares the containers of these accessories with what the deploy file says, as far as secrets were read.
    #[must_use]
    pub fn comparing(mut self, settled: &Settled<'_>, accessories: &[&'config Accessory]) -> Self {
        let host = self.host.clone();
        for it in accessories.iter().filter(|it| it.hosts.contains(&host)) {
            self.ask(
                Question::Comparison(it),
                accessory::compare(settled.names, it),
            );
            if let Some(step) = self.steps.pop() {
                self.steps.push(step.reading(expected(settled, it)));
            }
        }
        self
    }

    fn ask(&mut self, question: Question<'config>, command: CommandLine) {
        let step = Step::new(question.title(), command);
        self.questions.push(question);
        self.steps.push(step.tolerant().endable().as_bookkeeping());
    }

    /// How many steps the script has.
    #[expect(clippy::len_without_is_empty, reason = "every host is asked something")]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// The script that asks.
    pub fn work(&self) -> HostWork {
        HostWork::at_once(&self.host, vec![Block::of(self.steps.clone())])
    }

    /// The facts behind the answers, which are in the order of the questions.
    pub fn read(&self, answers: &[Answer]) -> Result<HostFacts, UnreadableAnswer> {
        read(&self.questions, answers)
    }
}
