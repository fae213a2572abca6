//! From a host's part of a plan to the script it is sent.

use dhow_names::RoleName;
use dhow_plan::{HostWork, OnFailure, OnInterrupt, Step};
use dhow_ssh_exec::{self as ssh, Script, StepNumber};

/// The script of a host's work. Its steps are numbered as [`PlannedSteps`] numbers them.
pub(crate) fn script(work: &HostWork) -> Script {
    let blocks = work.blocks.iter().map(|block| ssh::Block {
        steps: block.steps.iter().map(step).collect(),
        rescue: block.rescue.iter().map(step).collect(),
    });
    Script {
        blocks: blocks.collect(),
    }
}

fn step(step: &Step) -> ssh::Step {
    ssh::Step {
        command: step.command.clone(),
        input: step
            .input
            .as_ref()
            .map(|content| ssh::Input::new(content.expose())),
        on_failure: match step.on_failure {
            OnFailure::Stop => ssh::OnFailure::Stop,
            OnFailure::Continue => ssh::OnFailure::Continue,
        },
        on_interrupt: match step.on_interrupt {
            OnInterrupt::Finish => ssh::OnInterrupt::Finish,
            OnInterrupt::End => ssh::OnInterrupt::End,
        },
    }
}

/// The steps of a host's work in the order in which a script numbers them.
pub(crate) struct PlannedSteps<'plan>(Vec<PlannedStep<'plan>>);

/// A step and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct PlannedStep<'plan> {
    pub(crate) step: &'plan Step,
    pub(crate) role: Option<&'plan RoleName>,
    pub(crate) rescue: bool,
}

impl<'plan> PlannedSteps<'plan> {
    pub(crate) fn of(work: &'plan HostWork) -> Self {
        let steps = work.blocks.iter().flat_map(|block| {
            let role = block.role.as_ref();
            let steps = block.steps.iter().map(move |step| PlannedStep {
                step,
                role,
                rescue: false,
            });
            steps.chain(block.rescue.iter().map(move |step| PlannedStep {
                step,
                role,
                rescue: true,
            }))
        });
        Self(steps.collect())
    }

    pub(crate) fn get(&self, number: StepNumber) -> Option<PlannedStep<'plan>> {
        self.0.get(number.0).copied()
    }
}
