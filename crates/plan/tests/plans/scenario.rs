//! A builder of situations: a deploy file, what runs where, and the version that shall run.

use std::{collections::BTreeMap, fmt::Write as _, fs, os::unix::fs::PermissionsExt, path::Path};

use dhow_config::{Config, Sources, load};
use dhow_docker::{Names, Repository, audit::Auditor};
use dhow_names::{Destination, Digest};
use dhow_plan::{
    Content, Files, Needs, Plan, Suffixes, UnmetNeeds, Work,
    facts::{Container, Engine, Facts, HostFacts, KeptImage, ProxyContainer},
    recipe::{
        Settled,
        deploy::{self, Kind},
    },
};
use dhow_roles::{Fleet, Selection};
use dhow_secrets::{Expansion, LocalRunner, Secrets, SecretsFiles};
use dhow_versioning::Version;

/// What every deploy file of these tests has beside its servers.
const COMMON: &str = "\
service: shop
image: acme/shop
registry: {server: ghcr.io, username: acme, password: [REGISTRY_PASSWORD]}
builder: {arch: amd64}
";

/// What the secrets file says unless a test says otherwise.
pub(crate) const SECRETS: &str = "REGISTRY_PASSWORD=p4ssw0rd\nRAILS_MASTER_KEY=m4st3r\n";

/// A situation.
pub(crate) struct Scenario {
    pub(crate) config: Config,
    selection: Selection,
    version: Version,
    digest: Option<Digest>,
    pub(crate) facts: Facts,
    secrets: String,
    files: Files,
}

/// A situation with these servers, on which nothing runs yet. Every engine answers.
pub(crate) fn plan(servers: &str) -> Scenario {
    Scenario::of(&format!("{COMMON}{servers}"), None)
}

impl Scenario {
    pub(crate) fn of(text: &str, destination: Option<&str>) -> Self {
        let destination: Option<Destination> = destination.map(|name| name.parse().unwrap());
        let over = destination.as_ref().map(|name| (name, "{}"));
        let loaded = load(&Sources::of_text(text, over), destination.as_ref());
        let config = loaded
            .unwrap_or_else(|problems| panic!("{problems}"))
            .config;
        let fine = || HostFacts {
            engine: Engine::Running {
                version: Some("28.5.1".to_owned()),
                architecture: Some("amd64".to_owned()),
            },
            ..HostFacts::default()
        };
        let facts = config
            .hosts()
            .into_iter()
            .map(|host| (host.clone(), fine()));
        Self {
            facts: Facts(facts.collect()),
            config,
            selection: Selection::default(),
            version: "2222222".parse().unwrap(),
            digest: None,
            secrets: SECRETS.to_owned(),
            files: Files::default(),
        }
    }

    /// The facts of a host, to be changed.
    pub(crate) fn host(&mut self, host: &str) -> &mut HostFacts {
        self.facts.0.get_mut(&host.parse().unwrap()).unwrap()
    }

    /// A container of a role in a state; an active one is current.
    pub(crate) fn container(mut self, role: &str, host: &str, version: &str, state: &str) -> Self {
        let names = Names::of(&self.config);
        let image = Repository::of(&self.config).tagged(version).to_string();
        let role = self.config.role(&role.parse().unwrap()).unwrap();
        let name = format!("{}-{version}", names.prefix(role));
        let role = role.name.clone();
        let known = self.host(host);
        known.network = true;
        known.containers.push(Container {
            name: name.clone(),
            state: state.to_owned(),
            role: role.to_string(),
            image,
        });
        if state == "running" {
            known.current.insert(role, name);
        }
        self
    }

    /// The version runs as this role on this host, behind a running proxy.
    pub(crate) fn running(self, role: &str, host: &str, version: &str) -> Self {
        self.proxy(host, "v0.9.2")
            .container(role, host, version, "running")
    }

    /// A proxy runs on this host.
    pub(crate) fn proxy(mut self, host: &str, tag: &str) -> Self {
        self.host(host).network = true;
        self.host(host).proxy = Some(ProxyContainer {
            running: true,
            tag: tag.to_owned(),
        });
        self
    }

    /// These apps are installed on this host.
    pub(crate) fn apps(mut self, host: &str, apps: &[&str]) -> Self {
        self.host(host).apps = apps.iter().map(|&app| app.to_owned()).collect();
        self
    }

    /// The accessory has a container on this host.
    pub(crate) fn accessory(mut self, name: &str, host: &str) -> Self {
        self.host(host).accessories.push(name.parse().unwrap());
        self
    }

    /// A file that an accessory mounts.
    pub(crate) fn file(mut self, accessory: &str, path: &str, content: &str) -> Self {
        let key = (accessory.parse().unwrap(), path.to_owned());
        self.files.accessories.insert(key, Content::new(content));
        self
    }

    /// A page that the proxy shows in place of its own.
    pub(crate) fn error_page(mut self, name: &str, content: &str) -> Self {
        let content = Content::new(content);
        self.files.error_pages.insert(name.to_owned(), content);
        self
    }

    pub(crate) fn select(mut self, hosts: Option<&str>, roles: Option<&str>) -> Self {
        self.selection = Selection::parse(hosts, roles, false).unwrap();
        self
    }

    pub(crate) fn secrets(mut self, text: &str) -> Self {
        text.clone_into(&mut self.secrets);
        self
    }

    pub(crate) fn to(mut self, version: &str) -> Self {
        self.version = version.parse().unwrap();
        self
    }

    /// The content of the image is known.
    pub(crate) fn pinned(mut self, content: &str) -> Self {
        self.digest = Some(Digest::of(content.as_bytes()));
        self
    }

    /// The image lies on this host under these tags, each with this content.
    pub(crate) fn images(mut self, host: &str, images: &[(&str, Option<&str>)]) -> Self {
        let kept = |(tag, content): &(&str, Option<&str>)| KeptImage {
            tag: (*tag).to_owned(),
            digests: content
                .map(|it| Digest::of(it.as_bytes()))
                .into_iter()
                .collect(),
        };
        self.host(host).images = images.iter().map(kept).collect();
        self
    }

    /// What is delivered, from a real secrets file.
    pub(crate) fn needs(&self) -> Result<Needs, UnmetNeeds> {
        Needs::look_up(&self.config, &secrets(&self.secrets))
    }

    /// Calls `make` with everything a recipe takes.
    pub(crate) fn settled<T>(&self, make: impl FnOnce(&Settled<'_>, &Facts) -> T) -> T {
        let fleet = Fleet::select(&self.config, &self.selection).unwrap();
        let settled = Settled {
            fleet: &fleet,
            names: &Names::of(&self.config),
            repository: &Repository::of(&self.config),
            version: &self.version,
            digest: self.digest,
            needs: &self.needs().unwrap(),
            files: &self.files,
            auditor: &Auditor {
                recorded_at: "2026-01-02T03:04:05Z".to_owned(),
                performer: "dee@example.com".to_owned(),
            },
        };
        make(&settled, &self.facts)
    }

    /// Everything a deploy of this kind does, in order.
    pub(crate) fn deploy(&self, kind: Kind) -> Plan {
        self.settled(|settled, facts| {
            let mut plan = Plan::default();
            if kind != Kind::Rollback {
                plan.phases.extend(deploy::build(settled).phases);
                plan.phases
                    .extend(deploy::pull(settled, kind, facts).phases);
            }
            let mut suffixes = Suffixes::from_seed(1);
            let under = deploy::under_lock(settled, kind, facts, &mut suffixes);
            plan.phases.extend(under.phases);
            plan.phases.extend(deploy::after_lock(settled).phases);
            plan
        })
    }
}

/// The secrets behind the text of a secrets file.
pub(crate) fn secrets(text: &str) -> Secrets {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".kamal")).unwrap();
    let file = folder.path().join(".kamal/secrets");
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let files = SecretsFiles::new(Path::new(".kamal/secrets"), None);
    let runner = LocalRunner::new(folder.path());
    Secrets::load(
        &files,
        &BTreeMap::new(),
        folder.path(),
        &runner,
        Expansion::Literal,
    )
    .unwrap()
}

/// A plan without its commands: phases, hosts, and the titles of their steps, the rescue's behind a `!`.
pub(crate) fn outline(plan: &Plan) -> String {
    let mut text = String::new();
    for phase in &plan.phases {
        let _ = writeln!(text, "{}", phase.title);
        let Work::Hosts(hosts) = &phase.work else {
            continue;
        };
        for work in hosts {
            let start = match &work.start {
                dhow_plan::Start::AtOnce => String::new(),
                dhow_plan::Start::WhenHealthy(role) => format!(" after {role}"),
            };
            let _ = writeln!(text, "  {}{start}", work.host);
            for block in &work.blocks {
                for step in &block.steps {
                    let _ = writeln!(text, "    {}", step.title);
                }
                for step in &block.rescue {
                    let _ = writeln!(text, "    ! {}", step.title);
                }
            }
        }
    }
    text
}

/// Every command that a host is sent, in order, as shells get it.
pub(crate) fn commands(plan: &Plan, host: &str) -> Vec<String> {
    let hosts = plan.phases.iter().filter_map(|phase| match &phase.work {
        Work::Hosts(hosts) => Some(hosts),
        Work::Local(_) => None,
    });
    hosts
        .flatten()
        .filter(|work| work.host.as_str() == host)
        .flat_map(|work| &work.blocks)
        .flat_map(|block| block.steps.iter().chain(&block.rescue))
        .map(|step| step.command.exposed())
        .collect()
}
