//! `upgrade`: from Kamal 1 to what Kamal 2 and this program work with.

use dhow_plan::{Suffixes, recipe::upgrade};

use super::{changing::Changing, confirm};
use crate::{failure::Failure, invocation::Invocation};

/// Upgrades, under the lock. What boots is the version of the last deploy, unless `--version` names another.
pub(crate) async fn run(
    invocation: &Invocation,
    rolling: bool,
    confirmed: bool,
) -> Result<(), Failure> {
    let question =
        "This will replace Traefik with kamal-proxy and restart all accessories. Are you sure?";
    confirm(invocation, confirmed, question).await?;
    let mut changing = Changing::prepare(invocation).await?;
    if invocation.global.version.is_none() {
        changing.act_on_latest()?;
    }
    changing
        .under_lock(invocation, |session, facts| {
            let mut suffixes = Suffixes::from_seed(invocation.environment.seed);
            Ok(upgrade::upgrade(
                &session.settled(),
                facts,
                rolling,
                &mut suffixes,
            ))
        })
        .await
}
