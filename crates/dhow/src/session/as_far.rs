//! Working on those hosts that can be reached, when a person said so.

use dhow_names::Host;
use dhow_roles::Fleet;

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
        let (mut session, errors) =
            Self::open_where_possible(invocation, project, basis, fleet).await?;
        session.unreachable = errors;
        let mut lost = session.unreachable.iter().map(|error| &error.host);
        if lost.any(|host| host == fleet.primary_host()) {
            let failure = Failure::unreachable(&session.unreachable);
            session.close().await;
            return Err(failure.hint(format!(
                "the deploy lock lies on {}, so nothing is done without it; with -h and the names of other hosts it \
                 lies on the first of those",
                fleet.primary_host()
            )));
        }
        for error in &session.unreachable {
            let warning = format!("{} is left out: {error}", error.host);
            session.invocation.announcer.warn(warning);
        }
        Ok(session)
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
