//! Working on those hosts that can be reached, when a person said so.

use dhow_names::Host;
use dhow_roles::Fleet;
use dhow_ssh_exec::ConnectError;

use super::Session;
use crate::{
    arguments::Reach,
    failure::{Failure, Kind},
    invocation::Invocation,
    project::{Basis, Project},
};

impl<'a> Session<'a> {
    /// Connects like [`open`](Self::open), but where `reach` allows it only as far as hosts can be reached. Fails all
    /// the same when that is none, or not the one where the deploy lock lies.
    pub(crate) async fn open_as_far(
        invocation: &'a Invocation,
        project: &'a Project,
        basis: &'a Basis,
        fleet: &'a Fleet<'a>,
        reach: Reach,
    ) -> Result<Self, Failure> {
        if !reach.skip_unreachable {
            return Self::open(invocation, project, basis, fleet).await;
        }
        let (session, errors) =
            Self::open_where_possible(invocation, project, basis, fleet).await?;
        session.without(errors).await
    }

    /// The same without any hook, for a command that promises to change nothing.
    pub(crate) async fn connect_quietly_as_far(
        invocation: &'a Invocation,
        project: &'a Project,
        basis: &'a Basis,
        fleet: &'a Fleet<'a>,
        reach: Reach,
    ) -> Result<Self, Failure> {
        if !reach.skip_unreachable {
            return Self::connect_quietly(invocation, project, basis, fleet).await;
        }
        let mut session = Self::unconnected(invocation, project, basis, fleet)?;
        let errors = session.connect_where_possible().await?;
        session.without(errors).await
    }

    /// Leaves the hosts of these errors out.
    async fn without(mut self, errors: Vec<ConnectError>) -> Result<Self, Failure> {
        let primary = self.fleet.primary_host();
        if errors.iter().any(|error| error.host == *primary) {
            self.close().await;
            return Err(Failure::unreachable(&errors).hint(format!(
                "the deploy lock lies on {primary}, so nothing is done without it; with -h and the names of other \
                 hosts it lies on the first of those"
            )));
        }
        for error in &errors {
            let warning = format!("{} is left out: {error}", error.host);
            self.invocation.announcer.warn(warning);
        }
        self.unreachable = errors;
        Ok(self)
    }

    /// Acts on the hosts that are reached. When that worked, the others are named: not everything is done.
    pub(crate) async fn on_what_is_reached(
        &self,
        act: impl AsyncFnOnce(&Session<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if self.unreachable.is_empty() {
            return act(self).await;
        }
        let reached: Vec<&Host> = self.reach.iter().collect();
        let fleet = self.fleet.part(&reached);
        act(&self.within(&fleet)).await?;
        let left: Vec<&str> = self.unreachable.iter().map(|it| it.host.as_str()).collect();
        let headline = format!(
            "pending, because they cannot be reached: {}",
            left.join(", ")
        );
        Err(Failure::new(Kind::Partial, headline).hint(
            "`dhow deploy --pending` brings them to the version of the others once they are back",
        ))
    }
}
