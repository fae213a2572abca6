//! What commands that change hosts have in common: connect, take the lock, look, decide, act, give up the lock.

use dhow_plan::{Plan, facts::Facts};
use dhow_roles::Fleet;

use super::{carrying_out::carry_out, deploy::gather, looking::Look, read_project};
use crate::{
    failure::{self, Failure},
    invocation::Invocation,
    project::{Basis, Project},
    session::Session,
};

/// What a command that changes hosts needs before it connects.
#[derive(Debug)]
pub(super) struct Changing {
    project: Project,
    basis: Basis,
}

impl Changing {
    /// Reads the project and everything it needs.
    pub(super) async fn prepare(invocation: &Invocation) -> Result<Self, Failure> {
        let project = read_project(invocation)?;
        // A selection that cannot be is told before any secret is asked for.
        project.fleet()?;
        let basis = gather(invocation, &project).await?;
        Ok(Self { project, basis })
    }

    /// The same for what delivers no secret: none is asked for unless a hook sees them before the hosts are connected
    /// to, or one is the key to the hosts.
    pub(super) async fn prepare_without_secrets(invocation: &Invocation) -> Result<Self, Failure> {
        let look = Look::prepare(invocation).await?;
        look.fleet()?;
        let (project, basis) = look.into_parts();
        Ok(Self { project, basis })
    }

    /// The selected part of the servers.
    pub(super) fn fleet(&self) -> Result<Fleet<'_>, Failure> {
        self.project.fleet()
    }

    /// Makes it about the image of the last complete deploy, under the name that its tag gives it (flows §3).
    pub(super) fn act_on_latest(&mut self) -> Result<(), Failure> {
        self.basis.version = self.basis.repository.latest_tag().parse()?;
        Ok(())
    }

    /// Connects, and carries out under the lock what `decide` makes of the facts that are looked up under it.
    pub(super) async fn under_lock(
        &self,
        invocation: &Invocation,
        decide: impl FnOnce(&Session<'_>, &Facts) -> Result<Plan, Failure>,
    ) -> Result<(), Failure> {
        let act = async |session: &Session<'_>, told: Facts| {
            let facts = session.look_beyond(told).await?;
            session.check(&facts)?;
            carry_out(session, &decide(session, &facts)?).await
        };
        self.act_under_lock(invocation, act).await
    }

    /// Connects, and acts under the lock on what was told with it. Whatever happens, the lock is given up again.
    pub(super) async fn act_under_lock(
        &self,
        invocation: &Invocation,
        act: impl AsyncFnOnce(&Session<'_>, Facts) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let fleet = self.fleet()?;
        let session = Session::open(invocation, &self.project, &self.basis, &fleet).await?;
        let result = locked(&session, act).await;
        session.close().await;
        result
    }
}

/// Acts under the lock on what was told with it. Whatever happens, the lock is given up again.
pub(super) async fn locked(
    session: &Session<'_>,
    act: impl AsyncFnOnce(&Session<'_>, Facts) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let told = session.take_lock().await?;
    let result = act(session, told).await;
    let released = session.give_up_lock().await;
    failure::both(result, released)
}
