//! `details`: the containers of proxy, app and accessories.

use dhow_plan::{HostWork, recipe::inspect};

use super::looking::{Look, show_blocks};
use crate::{failure::Failure, invocation::Invocation, session::Session};

/// Shows them, in this order.
pub(crate) async fn run(invocation: &Invocation) -> Result<(), Failure> {
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let result = show(invocation, &session).await;
    session.close().await;
    result
}

async fn show(invocation: &Invocation, session: &Session<'_>) -> Result<(), Failure> {
    let settled = session.settled();
    let mut parts: Vec<(String, Vec<HostWork>)> = vec![
        ("Proxy".to_owned(), inspect::proxy_details(&settled)),
        ("App".to_owned(), inspect::app_details(&settled)),
    ];
    let accessories = inspect::accessory_details(&settled);
    parts.extend(
        accessories
            .into_iter()
            .map(|(name, work)| (format!("Accessory {name}"), work)),
    );
    for (label, work) in &parts {
        let reports = session.work("look at the hosts", work).await?;
        show_blocks(invocation, label, &reports);
    }
    Ok(())
}
