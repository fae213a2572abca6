//! The top level: reads every section and puts the [`Config`] together.

use std::{path::PathBuf, time::Duration};

use dhow_names::{Destination, RoleName, ServiceName};

use super::{
    accessories, aliases, boot, builder, connection, cross_checks, dhow, hooks, image_name,
    minimum_version, output, proxy, registry, roles,
};
use crate::{
    findings::{Finding, Findings, KeyPath},
    model::{Config, Proxy, Role, is_local},
    reader::Reader,
    tree::Node,
};

/// Reads the whole file. None only when something was found that no default can stand in for; every such
/// case is an error among the findings.
pub(crate) fn read(
    tree: &Node,
    destination: Option<&Destination>,
    findings: &mut Findings,
) -> Option<Config> {
    let root = Reader::root(tree);
    if root.boolean("require_destination") == Some(true) && destination.is_none() {
        // The rest is not whole without the file of a destination.
        findings.push(no_destination(&root));
        return None;
    }
    minimum_version::check(&root.get("minimum_version"), findings);
    let service = service(&root, findings);
    let image = image(&root, service.as_ref(), findings);
    let registry = registry::read(&root.get("registry"), image.as_deref(), findings);
    let surroundings = builder::Surroundings {
        image: image.as_deref(),
        registry: registry.as_ref(),
    };
    let builder = builder::read(&root.get("builder"), &surroundings, findings);
    let timeouts = Timeouts::read(&root, findings);
    let inherited = roles::Inherited::read(&root, timeouts.drain, findings);
    let mut roles = roles::read(&root.get("servers"), &inherited, findings);
    let surroundings = accessories::Surroundings {
        service: service.as_ref(),
        roles: &roles,
        logging: &inherited.logging,
    };
    let accessories = accessories::read(&root.get("accessories"), &surroundings, findings);
    roles.sort_by(|one, other| one.name.cmp(&other.name));
    cross_checks::check(
        &root,
        &roles,
        &accessories,
        &inherited.primary_role,
        findings,
    );
    let primary_role = primary_role(&root, &inherited.primary_role, findings);
    // Whatever can be found is found above and in the first fields; the `?` come last.
    Some(Config {
        proxy: root_proxy(&inherited.proxy, &roles, findings),
        hooks: hooks::read(&root, findings),
        secrets_path: path_or(&root, "secrets_path", ".kamal/secrets"),
        ssh: connection::ssh(&root.get("ssh"), findings),
        sshkit: connection::sshkit(&root.get("sshkit"), findings),
        boot: boot::read(&root.get("boot"), findings),
        volumes: root.texts("volumes"),
        error_pages_path: root.text("error_pages_path").map(PathBuf::from),
        output: output::read(&root.get("output"), findings),
        logging: inherited.logging.clone(),
        retain_containers: retain_containers(&root, findings),
        readiness_delay: timeouts.readiness,
        deploy_timeout: timeouts.deploy,
        drain_timeout: timeouts.drain,
        aliases: aliases::read(&root.get("aliases"), findings),
        dhow: dhow::read(&root.get("x-dhow"), findings),
        destination: destination.cloned(),
        primary_role: primary_role?,
        service: service?,
        image: image?,
        registry: registry?,
        builder: builder?,
        roles,
        accessories,
    })
}

/// The root's timeouts with their defaults (config §3).
struct Timeouts {
    readiness: Duration,
    deploy: Duration,
    drain: Duration,
}

impl Timeouts {
    fn read(root: &Reader<'_>, findings: &mut Findings) -> Self {
        let mut seconds = |key, default| {
            root.seconds(key, findings)
                .unwrap_or(Duration::from_secs(default))
        };
        Self {
            readiness: seconds("readiness_delay", 7),
            deploy: seconds("deploy_timeout", 30),
            drain: seconds("drain_timeout", 30),
        }
    }
}

/// Config §2.3 a.
fn no_destination(root: &Reader<'_>) -> Finding {
    Finding::error(
        &KeyPath::root(),
        root.get("require_destination").span,
        "You must specify a destination",
    )
    .help("name one with `-d`")
}

/// An error for a required key that is absent or empty, in Kamal's words.
fn missing(key: &str, value: &Reader<'_>) -> Finding {
    Finding::error(
        &KeyPath::root(),
        value.value_span(),
        format!("Missing required configuration for {key}"),
    )
    .help(format!("write `{key}: …` at the top level"))
}

fn service(root: &Reader<'_>, findings: &mut Findings) -> Option<ServiceName> {
    let value = root.get("service");
    if value.is_blank() {
        findings.push(missing("service", &value));
        return None;
    }
    let text = value.as_text()?;
    match text.parse() {
        Ok(service) => Some(service),
        Err(error) => {
            let rule =
                "Service name can only include alphanumeric characters, hyphens, and underscores";
            let fitting = text.replace(|character: char| !character.is_ascii_alphanumeric(), "-");
            let help = format!("{error}; write `{fitting}`");
            findings.push(value.error(rule).help(help));
            None
        }
    }
}

/// With a registry on this machine it is the service's name when nothing is said (config §3).
fn image(
    root: &Reader<'_>,
    service: Option<&ServiceName>,
    findings: &mut Findings,
) -> Option<String> {
    let value = root.get("image");
    let server = root.get("registry").text("server");
    if !value.is_present() && server.is_some_and(|server| is_local(&server)) {
        return service.map(ToString::to_string);
    }
    if value.is_blank() {
        findings.push(missing("image", &value));
        return None;
    }
    let text = value.as_text()?;
    let last_part = text.rsplit('/').next().unwrap_or_default();
    if let Some((_, tag)) = last_part.split_once(':') {
        findings.push(
            value
                .error(format!("the image carries the tag `{tag}`"))
                .help("leave the tag away: the version is put behind the image by itself"),
        );
    } else if !image_name::is_valid(&text) {
        let lower = text.to_lowercase();
        let finding = value.error(format!("`{text}` cannot be the name of an image"));
        findings.push(if image_name::is_valid(&lower) {
            finding.help(format!("write `{lower}`: Docker takes lower case only"))
        } else {
            finding.help("write `account/app`: lower case letters, digits and single `.`, `_` or `-` between them")
        });
    }
    Some(text)
}

fn primary_role(root: &Reader<'_>, name: &str, findings: &mut Findings) -> Option<RoleName> {
    root.get("primary_role").parse_text(name, findings)
}

/// The root's proxy settings. Where a role uses them, it has reported what is wrong with them, and perhaps
/// completed them; else they are judged alone.
fn root_proxy(proxy: &Reader<'_>, roles: &[Role], findings: &mut Findings) -> Proxy {
    if roles.iter().any(|role| role.proxy.is_some()) {
        proxy::read(proxy, &mut Findings::none())
    } else {
        proxy::read(proxy, findings)
    }
}

fn retain_containers(root: &Reader<'_>, findings: &mut Findings) -> u32 {
    let count = root.count("retain_containers", findings).unwrap_or(5);
    if count == 0 {
        let place = root.get("retain_containers").value_span();
        findings.push(
            Finding::error(&KeyPath::root(), place, "Must retain at least 1 container")
                .help("write 1 or more"),
        );
    }
    count
}

/// A path with its default.
pub(super) fn path_or(section: &Reader<'_>, key: &str, default: &str) -> PathBuf {
    PathBuf::from(section.text(key).unwrap_or_else(|| default.to_owned()))
}
