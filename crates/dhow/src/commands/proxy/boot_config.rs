//! `proxy boot_config`: what the proxy is made with where no deploy file says so.

use dhow_docker::proxy::boot_config::BootConfig;
use dhow_plan::recipe::proxy;

use super::super::{carrying_out::carry_out, looking::Look};
use crate::{
    arguments::{self, BootConfigAction},
    failure::Failure,
    invocation::Invocation,
    session::Session,
};

/// Shows or changes it.
pub(super) async fn run(
    invocation: &Invocation,
    arguments: &arguments::BootConfig,
) -> Result<(), Failure> {
    invocation.announcer.warn(
        "The proxy boot_config command is deprecated - set the config in the deploy YAML at proxy/run instead",
    );
    let look = Look::prepare(invocation).await?;
    let fleet = look.fleet()?;
    let session = look.connect(invocation, &fleet).await?;
    let result = act(&session, arguments).await;
    session.close().await;
    result
}

async fn act(session: &Session<'_>, arguments: &arguments::BootConfig) -> Result<(), Failure> {
    let settled = session.settled();
    let plan = match arguments.action {
        BootConfigAction::Get => {
            let work = proxy::show_boot_config(&settled);
            let reports = session.work("show the proxy's settings", &work).await?;
            for report in reports {
                let said = report.steps.iter().map(|step| step.stdout.trim());
                let said: String = said.collect();
                let terminal = &session.invocation.terminal;
                terminal.data(format_args!("Host {}: {said}\n", report.host));
            }
            return Ok(());
        }
        BootConfigAction::Set => {
            for host in proxy::hosts_with_settings(&settled) {
                session.invocation.announcer.warn(format!(
                    "{host}: proxy/run in the deploy file decides there, whatever is set here"
                ));
            }
            proxy::set_boot_config(&settled, &meant(arguments))
        }
        BootConfigAction::Reset => proxy::reset_boot_config(&settled),
    };
    carry_out(session, &plan).await
}

fn meant(arguments: &arguments::BootConfig) -> BootConfig {
    BootConfig {
        publish: arguments.publishes(),
        bind_ips: arguments.publish_host_ip.clone(),
        http_port: arguments.http_port,
        https_port: arguments.https_port,
        log_max_size: arguments.log_max_size.clone(),
        registry: arguments.registry.clone(),
        repository: arguments.repository.clone(),
        image_version: arguments.image_version.clone(),
        metrics_port: arguments.metrics_port,
        debug: arguments.debug,
        docker_options: arguments.docker_options.clone(),
    }
}
