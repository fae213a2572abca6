//! `proxy boot_config`: the files that say how a proxy is made where no deploy file does.

use dhow_docker::proxy::boot_config::{self, BootConfig, FILES};

use dhow_names::Host;

use super::{super::Settled, on_proxy_hosts};
use crate::plan::{Block, Content, HostWork, Plan, Step};
use crate::recipe::prepare;

/// Writes the files; one that would say what holds anyway goes.
pub fn set_boot_config(settled: &Settled<'_>, config: &BootConfig) -> Plan {
    let files = config.files();
    on_proxy_hosts(settled, "Write the proxy's settings", |_| {
        let write = |file: &boot_config::BootFile| match &file.text {
            Some(text) => Step::new(format!("write {}", file.name), boot_config::write(file))
                .reading(Content::new(text.as_str())),
            None => forget(file.name),
        };
        files.iter().map(write).collect()
    })
}

/// Hosts on which the files have no effect, because the deploy file says how the proxy is made.
pub fn hosts_with_settings<'a>(settled: &Settled<'a>) -> Vec<&'a Host> {
    let mut hosts = settled.fleet.proxy_hosts();
    hosts.retain(|host| prepare::proxy_run(settled.config(), host).is_some());
    hosts
}

/// Removes the files.
pub fn reset_boot_config(settled: &Settled<'_>) -> Plan {
    on_proxy_hosts(settled, "Remove the proxy's settings", |_| {
        FILES.into_iter().map(forget).collect()
    })
}

fn forget(file: &'static str) -> Step {
    Step::new(format!("remove {file}"), boot_config::reset(file))
}

/// Asks what the files say, defaults included.
pub fn show_boot_config(settled: &Settled<'_>) -> Vec<HostWork> {
    let hosts = settled.fleet.proxy_hosts().into_iter();
    hosts
        .map(|host| {
            let step = Step::new("show the proxy's settings", boot_config::show());
            HostWork::at_once(host, vec![Block::of(vec![step.endable()])])
        })
        .collect()
}
