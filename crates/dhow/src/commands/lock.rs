//! `lock status`, `lock acquire` and `lock release`.

use serde_json::{Value, json};

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
    let (text, value) = result?;
    invocation.terminal.structured(text, &value);
    Ok(())
}

/// What is told, as text and as data.
async fn act(session: &Session<'_>, command: Lock) -> Result<(String, Value), Failure> {
    Ok(match command {
        Lock::Status => match session.lock_holder().await? {
            Some(holder) => {
                let value = json!({"held": true, "holder": holder});
                (format!("{holder}\n"), value)
            }
            None => (NO_LOCK.to_owned(), json!({"held": false})),
        },
        Lock::Acquire { message } => {
            session.take_lock_by_hand(&message).await?;
            let text = "Acquired the deploy lock\n".to_owned();
            (text, json!({"held": true}))
        }
        Lock::Release => {
            let released = session.release_lock().await?;
            let text = if released {
                "Released the deploy lock\n"
            } else {
                NO_LOCK
            };
            (text.to_owned(), json!({"held": false}))
        }
    })
}
