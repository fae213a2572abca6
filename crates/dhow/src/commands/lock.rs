//! `lock status`, `lock acquire` and `lock release`.

use super::looking::Look;
use crate::{arguments::Lock, failure::Failure, invocation::Invocation, session::Session};

/// The words scripts know when nobody holds the lock.
const NO_LOCK: &str = "There is no deploy lock\n";

/// Looks at, takes or gives up the lock.
pub(crate) async fn run(invocation: &Invocation, command: Lock) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let primary = vec![fleet.primary_host().clone()];
    let session = look.connect_to(invocation, &fleet, primary).await?;
    let result = act(&session, command).await;
    session.close().await;
    invocation.terminal.data(result?);
    Ok(())
}

async fn act(session: &Session<'_>, command: Lock) -> Result<String, Failure> {
    Ok(match command {
        Lock::Status => match session.lock_holder().await? {
            Some(holder) => format!("{holder}\n"),
            None => NO_LOCK.to_owned(),
        },
        Lock::Acquire { message } => {
            session.take_lock_by_hand(&message).await?;
            "Acquired the deploy lock\n".to_owned()
        }
        Lock::Release => {
            let released = session.release_lock().await?;
            if released {
                "Released the deploy lock\n".to_owned()
            } else {
                NO_LOCK.to_owned()
            }
        }
    })
}
