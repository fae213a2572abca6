//! `audit`: what was done on the hosts.

use dhow_plan::recipe::inspect;

use super::looking::{Look, ask_and_show};
use crate::{failure::Failure, invocation::Invocation};

/// Shows the last lines of every host's audit log.
pub(crate) async fn run(invocation: &Invocation) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let work = inspect::audit_logs(&session.settled());
    ask_and_show(invocation, &session, "App", "show the audit log", &work).await
}
