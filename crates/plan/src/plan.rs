//! The plan and its parts.

use std::{fmt, num::NonZeroU16, time::Duration};

use dhow_names::{Host, RoleName};
use dhow_redaction::REDACTED;
use dhow_shell::CommandLine;

use crate::hook::HookCall;

/// What a command will do, in order. Making a plan changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// One after the other; a failing phase ends the plan.
    pub phases: Vec<Phase>,
}

impl Plan {
    /// Adds a phase unless it has nothing to do.
    pub fn add(&mut self, phase: Phase) {
        if !phase.is_empty() {
            self.phases.push(phase);
        }
    }
}

/// Work that is done everywhere before the next phase begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// What the phase is for, as a person would say it: `Boot web on 3 hosts`.
    pub title: String,
    /// What is done.
    pub work: Work,
}

impl Phase {
    /// A phase on hosts.
    pub fn on_hosts(title: impl Into<String>, hosts: Vec<HostWork>) -> Self {
        Self {
            title: title.into(),
            work: Work::Hosts(hosts),
        }
    }

    /// A phase on this machine.
    pub fn local(title: impl Into<String>, work: LocalWork) -> Self {
        Self {
            title: title.into(),
            work: Work::Local(work),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(&self.work, Work::Hosts(hosts) if hosts.iter().all(HostWork::is_empty))
    }
}

/// Where a phase happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// On this machine.
    Local(LocalWork),
    /// On hosts, all at once; each gets one script over its one connection.
    Hosts(Vec<HostWork>),
}

/// What happens on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalWork {
    /// A program of the project.
    Hook(HookCall),
    /// The image is built and pushed.
    Build,
    /// Nothing for so long (`boot.wait`).
    Wait(Duration),
}

/// What one host does in a phase: one script, sent in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostWork {
    /// The host.
    pub host: Host,
    /// When it begins.
    pub start: Start,
    /// The port of its loopback that leads to the registry of this machine meanwhile.
    pub registry_port: Option<NonZeroU16>,
    /// One after the other; a failing block ends the host's work.
    pub blocks: Vec<Block>,
}

impl HostWork {
    /// Work that begins with the phase.
    pub fn at_once(host: &Host, blocks: Vec<Block>) -> Self {
        Self {
            host: host.clone(),
            start: Start::AtOnce,
            registry_port: None,
            blocks,
        }
    }

    /// Lets this port of the host lead to the registry of this machine meanwhile, where there is one.
    #[must_use]
    pub fn reaching_registry(mut self, port: Option<NonZeroU16>) -> Self {
        self.registry_port = port;
        self
    }

    fn is_empty(&self) -> bool {
        self.blocks.iter().all(|block| block.steps.is_empty())
    }
}

/// When a host begins its work in a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the phase.
    AtOnce,
    /// When the first container of this role is healthy anywhere; never, when none of them becomes healthy
    /// (flows §4.4, decision 0007).
    WhenHealthy(RoleName),
}

/// Steps that stand or fall together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The role they are about, when they are about one.
    pub role: Option<RoleName>,
    /// One after the other.
    pub steps: Vec<Step>,
    /// What is done when a step fails or the run is interrupted; failures in here are ignored.
    pub rescue: Vec<Step>,
}

impl Block {
    /// Steps without a rescue.
    pub fn of(steps: Vec<Step>) -> Self {
        Self {
            role: None,
            steps,
            rescue: Vec::new(),
        }
    }
}

/// One command on one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does, as a person would say it: `start shop-web-2222222`.
    pub title: String,
    /// The command.
    pub command: CommandLine,
    /// What it reads on standard input.
    pub input: Option<Content>,
    /// What its failure means.
    pub on_failure: OnFailure,
    /// What an interruption does to it.
    pub on_interrupt: OnInterrupt,
    /// What its success means for the host.
    pub milestone: Option<Milestone>,
    /// Whether it only looks or writes down what is done, which is worth no line while it works.
    pub bookkeeping: bool,
}

impl Step {
    /// A step whose failure ends the host's work, and which an interruption lets finish.
    pub fn new(title: impl Into<String>, command: CommandLine) -> Self {
        Self {
            title: title.into(),
            command,
            input: None,
            on_failure: OnFailure::Stop,
            on_interrupt: OnInterrupt::Finish,
            milestone: None,
            bookkeeping: false,
        }
    }

    /// Reads this on standard input.
    #[must_use]
    pub fn reading(mut self, content: Content) -> Self {
        self.input = Some(content);
        self
    }

    /// May fail.
    #[must_use]
    pub fn tolerant(mut self) -> Self {
        self.on_failure = OnFailure::Continue;
        self
    }

    /// May take long and can be ended at any moment.
    #[must_use]
    pub fn endable(mut self) -> Self {
        self.on_interrupt = OnInterrupt::End;
        self
    }

    /// Is worth no line while it works.
    #[must_use]
    pub fn as_bookkeeping(mut self) -> Self {
        self.bookkeeping = true;
        self
    }

    /// Leads to this.
    #[must_use]
    pub fn reaching(mut self, milestone: Milestone) -> Self {
        self.milestone = Some(milestone);
        self
    }
}

/// Bytes for standard input. They may be secret, so they are never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(Vec<u8>);

impl Content {
    /// Takes bytes into custody.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes, for the transport that delivers them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

/// What the failure of a step means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// The block's rescue runs and the host's work ends.
    Stop,
    /// The next step runs.
    Continue,
}

/// What an interruption does to a step that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnInterrupt {
    /// It is short and is let finish, so that it is known what it did.
    Finish,
    /// It waits for something and is ended.
    End,
}

/// How far a role has come on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Milestone {
    /// The new container runs, without traffic.
    Started,
    /// The new container is healthy and, behind a proxy, has the traffic.
    Healthy,
    /// The old container has stopped.
    Retired,
    /// The new container was stopped again, and the old one goes on.
    Withdrawn,
}
