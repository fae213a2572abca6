//! The deploy file in the form that Kamal prints (config §15), for scripts that read it.

use dhow_config::{Config, Logging, to_yaml};
use dhow_docker::Repository;
use dhow_shell::expanding;
use dhow_versioning::Version;
use serde_yaml::{Mapping, Value};

/// What is shown, in Kamal's order. `merged` is what both files say, secrets that are written in them left out.
pub(super) fn shown(config: &Config, merged: &Value, version: &Version) -> String {
    let repository = Repository::of(config);
    let primary = config.role(&config.primary_role);
    let primary_host = primary.and_then(|role| role.hosts.first());
    let volumes = config.volumes.iter();
    let volumes = volumes.flat_map(|volume| ["--volume", volume.as_str()]);
    let roles = config.roles.iter().map(|role| role.name.as_str());
    let service = format!("{}-{version}", config.service);

    let mut form = Form(String::from("---\n"));
    form.field("", "roles", Some(texts(roles)));
    form.field("", "hosts", Some(texts(config.hosts())));
    form.field(
        "",
        "primary_host",
        primary_host.map(|entry| text(&entry.host)),
    );
    form.field("", "version", Some(text(version)));
    form.field("", "repository", Some(text(&repository)));
    form.field("", "absolute_image", Some(text(&repository.at(version))));
    form.field("", "service_with_version", Some(text(&service)));
    form.field("", "volume_args", Some(texts(volumes)));
    let jump = config
        .ssh
        .proxy
        .as_ref()
        .or(config.ssh.proxy_command.as_ref());
    form.ssh_options(merged.get("ssh"), jump.map(text));
    let sshkit = merged.get("sshkit").cloned();
    form.field("", "sshkit", Some(sshkit.unwrap_or(Mapping::new().into())));
    form.field("", "builder", merged.get("builder").cloned());
    form.field("", "accessories", merged.get("accessories").cloned());
    form.field("", "logging", Some(texts(logging(&config.logging))));
    form.0
}

/// The lines so far.
struct Form(String);

impl Form {
    /// What is said of connections, with Kamal's defaults. The jump host, or the command that leads to it, is an
    /// object of Ruby's to Kamal; here it is its text.
    fn ssh_options(&mut self, ssh: Option<&Value>, jump: Option<Value>) {
        let said = |key: &str| ssh.and_then(|ssh| ssh.get(key)).cloned();
        let or = |key: &str, default: Value| Some(said(key).unwrap_or(default));
        self.0.push_str(":ssh_options:\n");
        for (name, value) in [
            ("user", or("user", "root".into())),
            ("port", or("port", 22.into())),
            ("proxy", jump),
            ("keepalive", Some(true.into())),
            ("keepalive_interval", Some(30.into())),
            ("keys_only", said("keys_only")),
            ("keys", said("keys")),
            ("key_data", said("key_data")),
            ("config", said("config")),
            ("forward_agent", said("forward_agent")),
            ("log_level", said("log_level")),
        ] {
            self.field("  ", name, value);
        }
        if said("log_level").is_none() {
            // A symbol, which no value of a deploy file is any longer.
            self.0.push_str("  :log_level: :fatal\n");
        }
    }

    /// Adds `:name: value`, the name as a symbol; nothing without a value.
    fn field(&mut self, indent: &str, name: &str, value: Option<Value>) {
        let Some(value) = value else {
            return;
        };
        // A list stands right below its name, a mapping further to the right.
        let below = match &value {
            Value::Mapping(mapping) if !mapping.is_empty() => Some("  "),
            Value::Sequence(items) if !items.is_empty() => Some(""),
            _ => None,
        };
        let text = match &value {
            Value::Mapping(mapping) if mapping.is_empty() => "{}\n".to_owned(),
            Value::Sequence(items) if items.is_empty() => "[]\n".to_owned(),
            _ => to_yaml(value),
        };
        self.0.extend([indent, ":", name, ":"]);
        let Some(deeper) = below else {
            self.0.extend([" ", text.as_str()]);
            return;
        };
        self.0.push('\n');
        for line in text.lines() {
            self.0.extend([indent, deeper, line, "\n"]);
        }
    }
}

/// The flags of `docker run`, each as one word for a shell.
fn logging(logging: &Logging) -> Vec<String> {
    let option = |name: &str, value: &str| {
        let pair = format!("{name}={}", expanding(value));
        ["--log-opt".to_owned(), pair]
    };
    if logging.driver.is_none() && logging.options.is_empty() {
        return option("max-size", "10m").into();
    }
    let driver = logging.driver.iter();
    let driver = driver.flat_map(|driver| ["--log-driver".to_owned(), expanding(driver)]);
    let options = logging.options.iter();
    let options = options.flat_map(|pair| option(&pair.name, &pair.value));
    driver.chain(options).collect()
}

fn text(text: &impl ToString) -> Value {
    Value::String(text.to_string())
}

fn texts<T: ToString>(texts: impl IntoIterator<Item = T>) -> Value {
    Value::Sequence(texts.into_iter().map(|one| text(&one)).collect())
}
