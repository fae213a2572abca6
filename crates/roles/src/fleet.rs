//! The servers a command is about, and what each of them runs.

use std::collections::HashSet;

use dhow_config::{Accessory, Config, Role};
use dhow_names::Host;

use crate::{
    placements::{Placement, Placements},
    selection::{Selection, SelectionError, joined, matching},
};

/// The selected part of the deploy file's servers (cli §3.3).
#[derive(Clone, Debug)]
pub struct Fleet<'config> {
    config: &'config Config,
    placements: Placements<'config>,
    /// Selected hosts, those of the primary role first.
    hosts: Vec<&'config Host>,
    /// Selected roles with at least one selected host, the primary role first.
    roles: Vec<&'config Role>,
    primary_host: &'config Host,
    roles_were_named: bool,
}

impl<'config> Fleet<'config> {
    /// The part of `config` that `selection` names.
    pub fn select(config: &'config Config, selection: &Selection) -> Result<Self, SelectionError> {
        let everyone = config.hosts();
        let placements = Placements::of(config);
        let named_roles = select_roles(config, selection)?;
        let mut named_hosts = select_hosts(&everyone, selection)?;
        if selection.primary {
            let first = named_roles
                .as_ref()
                .and_then(|roles| roles.first())
                .and_then(|role| role.hosts.first())
                .map(|entry| &entry.host);
            named_hosts = first
                .or_else(|| primary_host_of(config))
                .map(|host| vec![host]);
        }

        let reach = named_hosts.clone().unwrap_or_else(|| everyone.clone());
        let reached: HashSet<&Host> = reach.iter().copied().collect();
        let mut roles: Vec<&Role> = named_roles
            .clone()
            .unwrap_or_else(|| config.roles.iter().collect())
            .into_iter()
            .filter(|role| role.hosts.iter().any(|entry| reached.contains(&entry.host)))
            .collect();
        let hosts: Vec<&Host> = match &named_roles {
            Some(named) => reach
                .iter()
                .copied()
                .filter(|host| named.iter().any(|role| placements.runs(role, host)))
                .collect(),
            None => reach,
        };

        let primary_host =
            choose_primary_host(config, named_hosts.as_deref(), named_roles.as_deref())
                .filter(|host| hosts.contains(host))
                .or_else(|| hosts.first().copied())
                .ok_or(SelectionError::NothingInCommon)?;
        if let Some(primary) = primary_role_at(config, &placements, &roles, primary_host) {
            roles.sort_by_key(|role| role.name != primary.name);
        }
        let mut fleet = Self {
            config,
            placements,
            hosts,
            roles,
            primary_host,
            roles_were_named: named_roles.is_some(),
        };
        fleet.put_primary_role_first();
        Ok(fleet)
    }

    fn put_primary_role_first(&mut self) {
        if let Some(primary) = self.primary_role() {
            let placements = &self.placements;
            self.hosts
                .sort_by_key(|host| !placements.runs(primary, host));
        }
    }

    /// The same on these hosts alone, which are selected ones.
    #[must_use]
    pub fn only(&self, hosts: &[&Host]) -> Self {
        let mut part = self.clone();
        part.hosts.retain(|host| hosts.contains(host));
        let there = &part.hosts;
        part.roles.retain(|role| {
            let mut of_role = role.hosts.iter();
            of_role.any(|entry| there.contains(&&entry.host))
        });
        if let Some(first) = part.hosts.first()
            && !part.hosts.contains(&part.primary_host)
        {
            part.primary_host = first;
        }
        part
    }

    /// The same on these hosts alone, with the deploy lock where it is for all of them: nobody else deploys to the
    /// others meanwhile. The primary host need not be one of these.
    #[must_use]
    pub fn part(&self, hosts: &[&Host]) -> Self {
        Self {
            primary_host: self.primary_host,
            ..self.only(hosts)
        }
    }

    /// The whole deploy file.
    pub fn config(&self) -> &'config Config {
        self.config
    }

    /// Every selected host, those of the primary role first.
    pub fn hosts(&self) -> &[&'config Host] {
        &self.hosts
    }

    /// The same hosts for whoever keeps them.
    pub fn all_hosts(&self) -> Vec<Host> {
        self.hosts.iter().map(|host| (*host).clone()).collect()
    }

    /// The selected roles, the primary role first.
    pub fn roles(&self) -> &[&'config Role] {
        &self.roles
    }

    /// The host that holds the deploy lock and is asked where one answer is enough.
    pub fn primary_host(&self) -> &'config Host {
        self.primary_host
    }

    /// The role whose first healthy container opens the way for the others, when the primary host runs any.
    pub fn primary_role(&self) -> Option<&'config Role> {
        primary_role_at(
            self.config,
            &self.placements,
            &self.roles,
            self.primary_host,
        )
    }

    /// Selected hosts that run at least one selected role. Only these get the app's image.
    pub fn app_hosts(&self) -> Vec<&'config Host> {
        self.hosts
            .iter()
            .copied()
            .filter(|host| !self.on(host).is_empty())
            .collect()
    }

    /// Selected hosts that run a role or an accessory behind the proxy.
    pub fn proxy_hosts(&self) -> Vec<&'config Host> {
        let accessories = self.config.accessories.iter();
        let with_accessory: HashSet<&Host> = accessories
            .filter(|accessory| accessory.proxy.is_some())
            .flat_map(|accessory| &accessory.hosts)
            .collect();
        let behind_proxy = |host: &&Host| {
            let mut there = self.placements.on(host).iter();
            there.any(|it| it.role.proxy.is_some()) || with_accessory.contains(host)
        };
        self.hosts.iter().copied().filter(behind_proxy).collect()
    }

    /// Whether the command is about certain roles only, and so about no accessory.
    pub fn is_about_roles_only(&self) -> bool {
        self.roles_were_named
    }

    /// Selected hosts of one accessory.
    pub fn accessory_hosts(&self, accessory: &Accessory) -> Vec<&'config Host> {
        let there: HashSet<&Host> = accessory.hosts.iter().collect();
        self.hosts
            .iter()
            .copied()
            .filter(|host| there.contains(host))
            .collect()
    }

    /// The selected roles on a host, the primary role first, then by name (flows §1).
    pub fn on(&self, host: &Host) -> Vec<Placement<'config>> {
        self.roles
            .iter()
            .filter_map(|role| self.placements.of_role(role, host))
            .collect()
    }

    /// Whether every role that the file puts on this host is selected, so that what its roles share may go.
    pub fn has_every_role_of(&self, host: &Host) -> bool {
        let all = self.placements.on(host).len();
        all > 0 && self.on(host).len() == all
    }

    /// App hosts in the groups that are booted one after the other (flows §4.2).
    pub fn boot_groups(&self) -> Vec<Vec<&'config Host>> {
        let hosts = self.app_hosts();
        match self.config.boot.limit {
            Some(limit) => {
                let size = limit.of(self.config.hosts().len()).get();
                hosts.chunks(size).map(<[_]>::to_vec).collect()
            }
            None if hosts.is_empty() => Vec::new(),
            None => vec![hosts],
        }
    }
}

fn select_roles<'config>(
    config: &'config Config,
    selection: &Selection,
) -> Result<Option<Vec<&'config Role>>, SelectionError> {
    let Some(patterns) = &selection.roles else {
        return Ok(None);
    };
    let names: Vec<_> = config.roles.iter().map(|role| &role.name).collect();
    let found = matching(patterns, &names);
    if found.is_empty() {
        let known = names.iter().map(ToString::to_string).collect();
        return Err(SelectionError::NoRole {
            patterns: joined(patterns),
            known,
        });
    }
    Ok(Some(
        found
            .into_iter()
            .filter_map(|name| config.role(name))
            .collect(),
    ))
}

fn select_hosts<'config>(
    everyone: &[&'config Host],
    selection: &Selection,
) -> Result<Option<Vec<&'config Host>>, SelectionError> {
    let Some(patterns) = &selection.hosts else {
        return Ok(None);
    };
    let found = matching(patterns, everyone);
    if found.is_empty() {
        let known = everyone.iter().map(ToString::to_string).collect();
        return Err(SelectionError::NoHost {
            patterns: joined(patterns),
            known,
        });
    }
    Ok(Some(found))
}

fn primary_host_of(config: &Config) -> Option<&Host> {
    let of_role = config
        .role(&config.primary_role)
        .and_then(|role| role.hosts.first());
    of_role
        .map(|entry| &entry.host)
        .or_else(|| config.hosts().first().copied())
}

fn choose_primary_host<'config>(
    config: &'config Config,
    named_hosts: Option<&[&'config Host]>,
    named_roles: Option<&[&'config Role]>,
) -> Option<&'config Host> {
    if let Some(host) = named_hosts.and_then(<[_]>::first) {
        return Some(host);
    }
    if let Some(roles) = named_roles {
        let primary = roles.iter().find(|role| role.name == config.primary_role);
        let role = primary.or_else(|| roles.first())?;
        return role.hosts.first().map(|entry| &entry.host);
    }
    primary_host_of(config)
}

fn primary_role_at<'config>(
    config: &Config,
    placements: &Placements<'config>,
    roles: &[&'config Role],
    host: &Host,
) -> Option<&'config Role> {
    let runs = |role: &&Role| placements.runs(role, host);
    let mut there = roles.iter().copied().filter(runs);
    let first = there.clone().next();
    there
        .find(|role| role.name == config.primary_role)
        .or(first)
}
