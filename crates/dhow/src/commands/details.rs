//! `details`: the containers of proxy, app and accessories, and which image is which.

use std::collections::BTreeMap;

use dhow_config::Accessory;
use dhow_execute::HostReport;
use dhow_names::Host;
use dhow_plan::{
    HostWork, Step,
    drift::{drifts, serving},
    facts::Facts,
    recipe::inspect,
};
use serde_json::json;

use super::{
    accessory::warn_of_drift,
    looking::{Look, show_blocks},
};
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
    let parts = parts(session);
    let steps_of = |host: &Host| -> Vec<Step> {
        let of_host = parts.iter().flat_map(|(_, work)| work);
        let of_host = of_host.filter(|work| work.host == *host);
        let blocks = of_host.flat_map(|work| work.blocks.clone());
        blocks.flat_map(|block| block.steps).collect()
    };
    let accessories: Vec<&Accessory> = session.fleet.config().accessories.iter().collect();
    // Every host is asked but once, for all the parts.
    let (facts, reports) = session.look_comparing_and(&accessories, steps_of).await?;
    for (label, reports) in told_apart(&parts, reports) {
        show_blocks(invocation, &label, &reports);
    }
    show_images(session, &facts);
    warn_of_drift(session, &facts, &accessories);
    Ok(())
}

/// What is shown, part by part.
fn parts(session: &Session<'_>) -> Vec<(String, Vec<HostWork>)> {
    let settled = session.settled();
    let mut parts = vec![
        ("Proxy".to_owned(), inspect::proxy_details(&settled)),
        ("App".to_owned(), inspect::app_details(&settled)),
    ];
    let accessories = inspect::accessory_details(&settled).into_iter();
    parts.extend(accessories.map(|(name, work)| (format!("Accessory {name}"), work)));
    parts
}

/// The answers of each part, from reports that hold those of all parts in a row.
fn told_apart(
    parts: &[(String, Vec<HostWork>)],
    reports: Vec<HostReport>,
) -> Vec<(String, Vec<HostReport>)> {
    let mut rest: BTreeMap<Host, HostReport> = reports
        .into_iter()
        .map(|report| (report.host.clone(), report))
        .collect();
    let mut of_host = |work: &HostWork| {
        let report = rest.get_mut(&work.host)?;
        let count = work.blocks.iter().map(|block| block.steps.len()).sum();
        let later = report.steps.split_off(report.steps.len().min(count));
        let mut own = report.clone();
        own.steps = std::mem::replace(&mut report.steps, later);
        Some(own)
    };
    parts
        .iter()
        .map(|(label, work)| {
            (
                label.clone(),
                work.iter().filter_map(&mut of_host).collect(),
            )
        })
        .collect()
}

/// Which image each role serves from, and what is strange about it.
fn show_images(session: &Session<'_>, facts: &Facts) {
    let Invocation {
        terminal,
        announcer,
        global,
        ..
    } = session.invocation;
    let serving = serving(session.fleet, facts);
    if !global.quiet {
        for it in &serving {
            let digest = it.digest.map_or_else(
                || "an image that no registry knows".to_owned(),
                |digest| digest.to_string(),
            );
            let (host, role, version) = (&it.host, &it.role, &it.version);
            let value = json!({"host": host, "role": role, "version": version, "digest": it.digest.map(|it| it.to_string())});
            let text = format!("Image Host: {host}\n{role} {version} {digest}\n\n");
            terminal.structured(text, &value);
        }
    }
    for drift in drifts(&serving) {
        announcer.warn(drift.to_string());
    }
}
