//! `prune all`, `images` and `containers`.

use dhow_plan::recipe::prune::{self, What};

use super::{carrying_out::carry_out, changing::locked, looking::Look};
use crate::{arguments::Prune, failure::Failure, invocation::Invocation};

/// Removes what is old, under the lock. No secret is needed for that.
pub(crate) async fn run(invocation: &Invocation, command: Prune) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let retained = fleet.config().retain_containers;
    let what = match command {
        Prune::All => What::All,
        Prune::Images => What::Images,
        Prune::Containers { retain } => What::Containers {
            retain: retain.unwrap_or(retained),
        },
    };
    let result = locked(&session, async |session, _| {
        carry_out(session, &prune::prune(&session.settled(), what)).await
    })
    .await;
    session.close().await;
    result
}
