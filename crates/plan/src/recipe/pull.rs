//! Fetching the image to every host that runs the app, and to no other.

use dhow_docker::{image, registry};

use super::{Settled, count_of};
use crate::{
    needs::Login,
    plan::{Block, Content, HostWork, Phase, Step},
};

/// The title of the step that sees whether the image is one of this service.
pub const CHECK_LABEL: &str = "check the image's service label";
/// The title of the step that sees whether the host can run the image.
pub const CHECK_ARCHITECTURE: &str = "check the image's architecture";

/// How the title of the step begins that logs in to a registry, whose name follows.
pub const LOG_IN: &str = "log in to ";

/// Logs in and pulls on all app hosts. Nothing that runs is touched.
pub(super) fn pull(settled: &Settled<'_>) -> Phase {
    let version = settled.version;
    let image = settled.repository.at(version);
    let port = registry::local_port(settled.config());
    let hosts = settled.fleet.app_hosts();
    let work = hosts
        .iter()
        .map(|host| {
            let mut steps = Vec::from_iter(settled.log_in());
            steps.extend([
                settled.audit(None, &format!("Pulled image with version {version}")),
                Step::new("pull the image", image::pull(&image)).endable(),
                Step::new(
                    CHECK_LABEL,
                    image::check_label(&image, settled.names.service()),
                ),
                Step::new(CHECK_ARCHITECTURE, image::check_architecture(&image)),
            ]);
            HostWork::at_once(host, vec![Block::of(steps)]).reaching_registry(port)
        })
        .collect();
    Phase::on_hosts(format!("Pull {image} on {}", count_of(hosts.len())), work)
}

/// Logs the host in to the registry.
pub(super) fn log_in(login: &Login) -> Step {
    let server = login.server.as_deref();
    let title = format!("{LOG_IN}{}", server.unwrap_or("Docker Hub"));
    Step::new(title, registry::login(server, &login.username))
        .reading(Content::new(login.password.expose()))
        .endable()
}
