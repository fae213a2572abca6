//! What must hold between sections (config §2.3 d to g and l to o).

use std::collections::BTreeMap;

use dhow_names::Host;

use crate::{
    findings::{Finding, Findings, KeyPath},
    model::{Accessory, ProxyRun, Role, Tls},
    nearest::listed,
    reader::Reader,
    source::Span,
    tree::Node,
};

pub(super) fn check(
    root: &Reader<'_>,
    roles: &[Role],
    accessories: &[Accessory],
    primary_role: &str,
    findings: &mut Findings,
) {
    let servers = root.get("servers");
    proxy_runs_agree(root, roles, accessories, findings);
    if !servers.is_present() {
        if root.get("accessories").entries().is_empty() {
            findings.push(
                at(Span::TOP, "No servers or accessories specified")
                    .help("write `servers:` with a list of hosts"),
            );
        }
        return;
    }
    let is_readable = servers
        .node()
        .is_some_and(|node| node.list().is_some() || node.mapping().is_some());
    if is_readable {
        primary_role_exists(&servers, roles, primary_role, findings);
        roles_have_hosts(root, roles, primary_role, findings);
        ssl_on_one_host(&servers, roles, findings);
        ssl_hosts_differ(&servers, roles, findings);
    }
}

/// An error about the file as a whole, which Kamal tells without a key.
fn at(span: Span, message: impl Into<String>) -> Finding {
    Finding::error(&KeyPath::root(), span, message)
}

fn primary_role_exists(
    servers: &Reader<'_>,
    roles: &[Role],
    primary_role: &str,
    findings: &mut Findings,
) {
    if roles.iter().any(|role| role.name.as_str() == primary_role) || servers.has(primary_role) {
        return;
    }
    let known: Vec<&str> = servers.children().map(|(name, _)| name).collect();
    let help = match known.as_slice() {
        [] => format!("write `{primary_role}:` with a list of hosts below `servers`"),
        [one] => format!("write `primary_role: {one}`, or call that role `{primary_role}`"),
        known => format!("name one with `primary_role`: {}", listed(known)),
    };
    findings.push(
        at(
            servers.span,
            format!("The primary_role {primary_role} isn't defined"),
        )
        .help(help),
    );
}

/// The place of a role's key; a flat list has none, so `servers` stands for it.
fn place_of(servers: &Reader<'_>, role: &Role) -> Span {
    servers.get(role.name.as_str()).span
}

fn roles_have_hosts(
    root: &Reader<'_>,
    roles: &[Role],
    primary_role: &str,
    findings: &mut Findings,
) {
    let servers = root.get("servers");
    let allowed = root.boolean("allow_empty_roles") == Some(true);
    for role in roles {
        if !role.hosts.is_empty() || names_any_host(&servers, role) {
            continue;
        }
        let name = &role.name;
        let span = place_of(&servers, role);
        if name.as_str() == primary_role {
            let message = format!("No servers specified for the {name} primary_role");
            findings.push(at(span, message).help("list at least one host below it"));
        } else if !allowed {
            let message = format!(
                "No servers specified for the {name} role. You can ignore this with allow_empty_roles: true"
            );
            findings.push(at(span, message).help("list its hosts, or delete the role"));
        }
    }
}

/// Whether something is written in place of hosts, though it could not be read: that was reported already.
fn names_any_host(servers: &Reader<'_>, role: &Role) -> bool {
    let value = servers.get(role.name.as_str());
    let hosts = value.get("hosts");
    let is_list = |list: &Reader<'_>| list.node().is_some_and(|node| node.list().is_some());
    if hosts.is_present() && !is_list(&hosts) {
        return true;
    }
    let has_form = |node: &Node| node.list().is_some() || node.mapping().is_some();
    if value.node().is_some_and(|node| !has_form(node)) {
        return true;
    }
    [servers.clone(), value, hosts]
        .iter()
        .any(|list| list.items().next().is_some())
}

fn ssl_on_one_host(servers: &Reader<'_>, roles: &[Role], findings: &mut Findings) {
    for role in roles {
        let gets_certificate = role
            .proxy
            .as_ref()
            .is_some_and(|proxy| proxy.tls == Tls::Automatic);
        if gets_certificate && role.hosts.len() > 1 {
            findings.push(at(
                place_of(servers, role),
                format!(
                    "SSL is only supported on a single server unless you provide custom certificates, found {} servers for role {}",
                    role.hosts.len(),
                    role.name
                ),
            ).help("give this role one host, or `ssl: false` and a load balancer in front"));
        }
    }
}

fn ssl_hosts_differ(servers: &Reader<'_>, roles: &[Role], findings: &mut Findings) {
    let mut seen: BTreeMap<&str, &Role> = BTreeMap::new();
    for role in roles {
        let Some(proxy) = role.proxy.as_ref().filter(|proxy| proxy.tls.is_on()) else {
            continue;
        };
        let hosts = proxy.hosts.iter().map(String::as_str);
        let shared: Vec<(&str, &Role)> = hosts
            .filter_map(|host| {
                let other = *seen.entry(host).or_insert(role);
                (other.name != role.name).then_some((host, other))
            })
            .collect();
        let Some((_, other)) = shared.first() else {
            continue;
        };
        let hosts: Vec<&str> = shared.iter().map(|(host, _)| *host).collect();
        let message = format!(
            "Different roles can't share the same host for SSL: {}",
            hosts.join(", ")
        );
        findings.push(
            at(place_of(servers, role), message)
                .related(place_of(servers, other), "this role has it as well")
                .help("give each role a `host` of its own, or turn `ssl` off for one of them"),
        );
    }
}

/// One proxy container serves everything on a host, so all must say the same about it.
fn proxy_runs_agree(
    root: &Reader<'_>,
    roles: &[Role],
    accessories: &[Accessory],
    findings: &mut Findings,
) {
    let servers = root.get("servers");
    let of_roles = roles.iter().flat_map(|role| {
        let hosts = role.hosts.iter().map(|entry| &entry.host);
        let place = place_of(&servers, role);
        hosts.map(move |host| (host, &role.proxy, place))
    });
    let of_accessories = accessories.iter().flat_map(|accessory| {
        let place = root.get("accessories").get(accessory.name.as_str()).span;
        let hosts = accessory.hosts.iter();
        hosts.map(move |host| (host, &accessory.proxy, place))
    });
    let mut seen: BTreeMap<&Host, (&ProxyRun, Span)> = BTreeMap::new();
    for (host, proxy, place) in of_roles.chain(of_accessories) {
        let Some(run) = proxy.as_ref().and_then(|proxy| proxy.run.as_ref()) else {
            continue;
        };
        match seen.get(host) {
            Some((known, other)) if *known != run => findings.push(
                at(
                    place,
                    format!("Conflicting proxy run configurations for host {host}"),
                )
                .related(*other, "this runs there as well")
                .help(
                    "one proxy serves the whole host: write `run` once, below the root's `proxy`",
                ),
            ),
            Some(_) => {}
            None => {
                seen.insert(host, (run, place));
            }
        }
    }
}
