//! `remove`: everything of the app goes from its hosts.

use dhow_plan::{facts::Facts, recipe::remove};

use super::{carrying_out::carry_out, changing::locked, looking::Look, read_project};
use crate::{failure::Failure, invocation::Invocation, session::Session};

/// Removes it, under the lock.
pub(crate) async fn run(invocation: &Invocation, confirmed: bool) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let fleet = project.fleet()?;
    let hosts = match fleet.hosts() {
        [host] => host.to_string(),
        hosts => format!("{} hosts", hosts.len()),
    };
    let question = format!(
        "This will remove all containers and images of {} from {hosts}, with the data of its \
         accessories. Are you sure?",
        project.config.service
    );
    super::confirm(invocation, confirmed, &question).await?;
    // Nothing is delivered, so nobody is asked for secrets.
    let look = Look::of(invocation, project).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let result = locked(&session, remove_everything).await;
    session.close().await;
    result
}

async fn remove_everything(session: &Session<'_>, told: Facts) -> Result<(), Failure> {
    let facts = session.look_beyond(told).await?;
    session.check(&facts)?;
    let plan = remove::remove(&session.settled(), &facts);
    carry_out(session, &plan).await
}
