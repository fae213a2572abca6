//! What a test asks for: which hosts there are and how one logs in.

/// The hosts of a world, besides its registry and its builder.
#[derive(Debug, Clone)]
#[must_use = "a world is started from it"]
pub struct Fleet {
    pub(crate) hosts: Vec<String>,
    pub(crate) refusing: Vec<String>,
    pub(crate) silent: Vec<String>,
    pub(crate) user: String,
    pub(crate) builder: bool,
    pub(crate) registry: bool,
}

impl Fleet {
    /// Hosts with these names, entered as root, and a builder.
    pub fn hosts<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            hosts: names.into_iter().map(String::from).collect(),
            refusing: Vec::new(),
            silent: Vec::new(),
            user: "root".into(),
            builder: true,
            registry: true,
        }
    }

    /// One more host, named for what it is to run. It is made like the others.
    pub fn accessory_host(mut self, name: &str) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// A name in the ssh configuration behind which nothing listens: connections are refused.
    pub fn refusing_host(mut self, name: &str) -> Self {
        self.refusing.push(name.into());
        self
    }

    /// A name behind which a port accepts connections and then says nothing, as a hung machine does.
    pub fn silent_host(mut self, name: &str) -> Self {
        self.silent.push(name.into());
        self
    }

    /// Logs in as this user: `root`, or `deploy`, who may use the engine and owns no more than a home.
    pub fn user(mut self, user: &str) -> Self {
        self.user = user.into();
        self
    }

    /// Saves the builder's start where a test builds nothing.
    pub fn without_builder(mut self) -> Self {
        self.builder = false;
        self
    }

    /// Starts no registry but the one that stands for Docker Hub.
    pub fn without_registry(mut self) -> Self {
        self.registry = false;
        self
    }
}
