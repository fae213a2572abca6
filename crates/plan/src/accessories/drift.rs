//! Where an accessory's container differs from what the deploy file says, and what that asks for.

use std::fmt;

use dhow_config::Accessory;
use dhow_names::Host;

use crate::{
    accessories::{AccessoryContainer, aspects::CERTIFICATE},
    facts::Facts,
};

/// Where one accessory differs on one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// What is otherwise; nothing when all is as it shall be.
    pub changes: Vec<Change>,
    /// Whether the host knows what the container was booted with. Where it does not, labels, options, the command and
    /// volumes cannot be compared.
    pub is_recorded: bool,
}

/// One thing that is otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is no container.
    Missing,
    /// The container does not run; Docker's word for what it does.
    Stopped(String),
    /// It was made from another image.
    Image {
        /// The one it was made from.
        was: String,
        /// The one it shall be made from.
        shall: String,
    },
    /// Another aspect, by its key in the deploy file, such as `port` or `file shop-db/etc/my.cnf`.
    Aspect(String),
}

/// What makes an accessory what it shall be, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Renewal {
    /// Nothing.
    Nothing,
    /// The proxy is told of it anew; the container goes on.
    Register,
    /// The container is started.
    Start,
    /// Files are written anew, and the same container is started again to read them.
    Restart,
    /// A new container takes the place of the old one.
    Replace,
    /// There is none yet.
    Boot,
}

impl Drift {
    /// What is to be done about it.
    pub fn renewal(&self) -> Renewal {
        let of = |change: &Change| match change {
            Change::Missing => Renewal::Boot,
            Change::Stopped(_) => Renewal::Start,
            Change::Aspect(name) if name == "proxy" || name == CERTIFICATE => Renewal::Register,
            Change::Aspect(name) if name.starts_with("file ") => Renewal::Restart,
            Change::Image { .. } | Change::Aspect(_) => Renewal::Replace,
        };
        let all = self.changes.iter().map(of);
        all.max().unwrap_or(Renewal::Nothing)
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, change) in self.changes.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(formatter, "{comma}{change}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("no container"),
            Self::Stopped(state) => write!(formatter, "does not run ({state})"),
            Self::Image { was, shall } => write!(formatter, "image {was} -> {shall}"),
            Self::Aspect(name) => formatter.write_str(name),
        }
    }
}

/// Compares; none when the host was not asked.
pub fn drift(it: &Accessory, host: &Host, facts: &Facts) -> Option<Drift> {
    let known = facts.of(host);
    if !known.compared.contains(&it.name) {
        return None;
    }
    let Some(container) = known.accessory_containers.get(&it.name) else {
        return Some(Drift {
            changes: vec![Change::Missing],
            is_recorded: false,
        });
    };
    let mut changes = Vec::new();
    let rests = container.has_done_its_work();
    if container.state != "running" && !rests {
        changes.push(Change::Stopped(container.state.clone()));
    }
    if container.image != it.image {
        changes.push(Change::Image {
            was: container.image.clone(),
            shall: it.image.clone(),
        });
    }
    if !container.is_recorded {
        changes.extend(seen(it, container));
    }
    let others = container.differing.iter().filter(|name| *name != "image");
    changes.extend(others.cloned().map(Change::Aspect));
    Some(Drift {
        changes,
        is_recorded: container.is_recorded,
    })
}

/// What Docker itself tells of a container that nobody has a record of.
fn seen(it: &Accessory, container: &AccessoryContainer) -> Vec<Change> {
    let same_ports = match it.port.as_deref().map(bindings) {
        None => container.ports.is_empty(),
        Some(None) => true,
        Some(Some(shall)) => container.ports.contains(&shall),
    };
    [
        ("restart", container.restart == it.restart),
        ("network", container.network == it.network),
        ("port", same_ports),
    ]
    .into_iter()
    .filter(|(_, same)| !same)
    .map(|(name, _)| Change::Aspect(name.to_owned()))
    .collect()
}

/// A published port as Docker tells it; none for ranges and whatever else Docker works out.
fn bindings(port: &str) -> Option<String> {
    let (port, protocol) = port.rsplit_once('/').unwrap_or((port, "tcp"));
    let (rest, inner) = port.rsplit_once(':')?;
    let (ip, outer) = rest.rsplit_once(':').unwrap_or(("", rest));
    let ip = ip.trim_start_matches('[').trim_end_matches(']');
    let is_number = |text: &str| text.parse::<u16>().is_ok();
    (is_number(inner) && is_number(outer)).then(|| format!("{ip}:{outer}:{inner}/{protocol}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_told_as_docker_tells_them() {
        for (port, told) in [
            ("3306:3306", Some(":3306:3306/tcp")),
            ("127.0.0.1:3306:3307", Some("127.0.0.1:3306:3307/tcp")),
            ("[::1]:53:53/udp", Some("::1:53:53/udp")),
            ("8000-8010:8000-8010", None),
            ("${PORT}:80", None),
        ] {
            assert_eq!(bindings(port).as_deref(), told, "{port}");
        }
    }
}
