//! `servers`: roles, their hosts, and what they inherit from the root (config §4).

use std::{collections::BTreeMap, time::Duration};

use dhow_names::{Host, HostTag};

use super::{env, env::RootEnv, kamal_1, labels, logging, proxy, restart};
use crate::{
    findings::Findings,
    model::{AssetPath, HostEnv, Logging, Pair, Proxy, Role, RoleHost},
    reader::Reader,
    source::Span,
    tree::{Content, merge::merge},
};

/// What the root hands down to its roles.
pub(super) struct Inherited<'tree> {
    pub(super) labels: Vec<Pair>,
    pub(super) env: RootEnv,
    pub(super) logging: Logging,
    pub(super) proxy: Reader<'tree>,
    pub(super) stop_timeout: Option<Duration>,
    pub(super) drain_timeout: Duration,
    pub(super) primary_role: String,
    pub(super) assets: Option<AssetPath>,
}

impl<'tree> Inherited<'tree> {
    pub(super) fn read(
        root: &Reader<'tree>,
        drain_timeout: Duration,
        findings: &mut Findings,
    ) -> Self {
        let primary_role = kamal_1::primary_role(root, findings);
        Self {
            labels: labels::read(&root.get("labels"), findings),
            env: env::read_root(&root.get("env"), findings),
            logging: logging::read(&root.get("logging")),
            proxy: root.get("proxy"),
            stop_timeout: root.seconds("stop_timeout", findings),
            drain_timeout,
            primary_role: primary_role.unwrap_or_else(|| "web".to_owned()),
            assets: asset_path(&root.get("asset_path"), findings),
        }
    }
}

/// All roles in the order of the file, in which tags are looked for; a flat list is the role `web`.
pub(super) fn read(
    servers: &Reader<'_>,
    inherited: &Inherited<'_>,
    findings: &mut Findings,
) -> Vec<Role> {
    let Some(node) = servers.node() else {
        return Vec::new();
    };
    if node.list().is_some() {
        return role("web", servers, inherited, findings)
            .into_iter()
            .collect();
    }
    servers
        .children()
        .filter_map(|(name, value)| role(name, &value, inherited, findings))
        .collect()
}

/// One role, in list or in mapping form.
fn role(
    name: &str,
    value: &Reader<'_>,
    inherited: &Inherited<'_>,
    findings: &mut Findings,
) -> Option<Role> {
    let is_list = value.node().is_some_and(|node| node.list().is_some());
    let hosts = if is_list {
        value.clone()
    } else {
        value.get("hosts")
    };
    let env = inherited
        .env
        .all
        .merged(&env::read(&value.get("env"), findings));
    let proxy = role_proxy(name, value, inherited, findings);
    let own_assets = value.get("asset_path");
    let assets = if own_assets.is_present() {
        asset_path(&own_assets, findings)
    } else {
        inherited.assets.clone()
    };
    let without_proxy = proxy.is_none().then_some(inherited.drain_timeout);
    let (options, restart) = restart::options_and_restart(value, findings);
    let own_labels = labels::read(&value.get("labels"), findings);
    Some(Role {
        hosts: role_hosts(&hosts, &env, &inherited.env, findings),
        assets: assets.filter(|_| proxy.is_some()),
        cmd: value.text("cmd"),
        labels: labels::merged(&inherited.labels, own_labels),
        options,
        restart,
        logging: logging::merged(&inherited.logging, logging::read(&value.get("logging"))),
        stop_timeout: value
            .seconds("stop_timeout", findings)
            .or(inherited.stop_timeout)
            .or(without_proxy),
        proxy,
        name: crate::reader::parse_key(name, value, findings)?,
    })
}

/// `PATH` or `PATH:OPTIONS`; an empty one is none (config §4.4).
fn asset_path(value: &Reader<'_>, findings: &mut Findings) -> Option<AssetPath> {
    let text = value.as_text().filter(|text| !text.trim().is_empty())?;
    let (path, options) = match text.split_once(':') {
        Some((path, options)) => (path.to_owned(), Some(options.to_owned())),
        None => (text, None),
    };
    if !path.starts_with('/') {
        findings.push(
            value
                .error("the path in the container must be absolute")
                .help("let it begin with `/`"),
        );
    }
    Some(AssetPath { path, options })
}

/// The table of config §4.3. The role's mapping is laid over the root's before anything is judged, so that
/// what only fits together is accepted (config §16.7).
fn role_proxy(
    name: &str,
    value: &Reader<'_>,
    inherited: &Inherited<'_>,
    findings: &mut Findings,
) -> Option<Proxy> {
    let own = value.get("proxy");
    let Some(node) = own.node() else {
        let is_primary = name == inherited.primary_role;
        return kamal_1::traefik(value, findings)
            .unwrap_or(is_primary)
            .then(|| proxy::read(&inherited.proxy, findings));
    };
    match (&node.content, inherited.proxy.node()) {
        (Content::Mapping(_), Some(root)) => {
            let merged = merge(root, node);
            Some(proxy::read(&own.with_node(&merged), findings))
        }
        (Content::Mapping(_), None) => Some(proxy::read(&own, findings)),
        _ => own
            .as_boolean()?
            .then(|| proxy::read(&inherited.proxy, findings)),
    }
}

fn role_hosts(
    list: &Reader<'_>,
    env: &HostEnv,
    root: &RootEnv,
    findings: &mut Findings,
) -> Vec<RoleHost> {
    let mut hosts: Vec<RoleHost> = Vec::new();
    let mut seen: BTreeMap<Host, (usize, Span)> = BTreeMap::new();
    for item in list.items() {
        let Some((host, tags)) = host_entry(&item, findings) else {
            continue;
        };
        let env = tags
            .iter()
            .filter_map(|tag| root.tag(tag.as_str()))
            .fold(env.clone(), |env, tag| env.merged(tag));
        let entry = RoleHost { host, tags, env };
        if let Some((first, place)) = seen.get(&entry.host) {
            // The place is the first one's, the tags are the last one's (config §4.1).
            let message = format!("the host `{}` is listed twice in this role", entry.host);
            findings.push(
                item.warning(message)
                    .related(*place, "listed here first")
                    .help("delete one of them; the tags of the last one count"),
            );
            hosts[*first] = entry;
        } else {
            seen.insert(entry.host.clone(), (hosts.len(), item.value_span()));
            hosts.push(entry);
        }
    }
    hosts
}

/// A host alone, or a mapping from a host to its tag or tags.
fn host_entry(item: &Reader<'_>, findings: &mut Findings) -> Option<(Host, Vec<HostTag>)> {
    let Some(entry) = item.entries().first() else {
        return Some((item.parse(findings)?, Vec::new()));
    };
    let name = entry.key.text();
    let host = item.parse_text(name, findings)?;
    let tags = item
        .text_or_texts(name)
        .iter()
        .filter_map(|tag| item.get(name).parse_text(tag, findings))
        .collect();
    Some((host, tags))
}
