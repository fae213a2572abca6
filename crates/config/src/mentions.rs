//! Where a deploy file speaks of secrets: the names it asks for, and what it writes in clear.

use dhow_names::SecretName;
use dhow_redaction::looks_secret;

use crate::{
    findings::Findings,
    reader::Reader,
    source::{Place, Span},
};

/// A name in a deploy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The name: of a secret, or of a clear variable.
    pub name: String,
    /// The key in Kamal's grammar, `env/secret/0` (config §2.1).
    pub path: String,
    /// Where.
    pub place: Place,
}

/// What a deploy file says of secrets, in the order of its sections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The names of secrets that it asks for.
    pub asked: Vec<Mention>,
    /// The variables that it gives to containers in clear, with a value.
    pub clear: Vec<Mention>,
}

impl Mentions {
    pub(crate) fn of(root: &Reader<'_>, findings: &Findings) -> Self {
        let mention = |name: String, at: &Reader<'_>, span: Span| Mention {
            name,
            path: at.path.as_str().to_owned(),
            place: findings.place(span),
        };
        let asked = asked(root).into_iter();
        let clear = environments(root).into_iter().flat_map(|env| clear(&env));
        Self {
            asked: asked
                .map(|(name, at)| mention(name, &at, at.value_span()))
                .collect(),
            clear: clear
                .map(|(name, at)| mention(name, &at, at.span))
                .collect(),
        }
    }
}

/// Warns about secrets that are written in the file, and covers them in every snippet.
pub(crate) fn warn_of_written(root: &Reader<'_>, findings: &mut Findings) {
    for env in environments(root) {
        warn_of_clear(&env, findings);
    }
    for registry in registries(root) {
        let password = registry.get("password");
        if password
            .as_text()
            .is_some_and(|text| !text.trim().is_empty())
            && findings.is_written(password.value_span())
        {
            findings.push(
                password
                    .key_warning("the password is written in the deploy file, where git keeps it")
                    .help(
                        "put it into the secrets file, `KAMAL_REGISTRY_PASSWORD=$(…)`, and write its name here \
                         in a list: `password: [KAMAL_REGISTRY_PASSWORD]`",
                    ),
            );
        }
    }
}

fn warn_of_clear(env: &Reader<'_>, findings: &mut Findings) {
    let secrets: Vec<String> = variables(env);
    let clear = clear(env);
    for (name, value) in &clear {
        let text = value.as_text().unwrap_or_default();
        let finding = if secrets.contains(name) {
            let message = "it is a secret too, and Docker lets the clear value win";
            value.key_warning(message).help("take one of them out")
        } else if looks_secret(name, &text) {
            value
                .key_warning("this looks like a secret, and clear values can be read by everybody on the hosts")
                .help(format!(
                    "set {name} in the secrets file and list it below `secret` instead: clear values are \
                     arguments of `docker run`"
                ))
        } else {
            continue;
        };
        // The others may stand in the same line.
        let spans: Vec<Span> = clear.iter().map(|(_, value)| value.value_span()).collect();
        findings.mask(&spans);
        findings.push(finding);
    }
}

/// Every environment: of the root, of its tags, of roles and of accessories.
fn environments<'tree>(root: &Reader<'tree>) -> Vec<Reader<'tree>> {
    let own = root.get("env");
    let tags: Vec<_> = own.get("tags").children().map(|(_, env)| env).collect();
    let parts = [root.get("servers"), root.get("accessories")];
    let of_parts = parts.iter().flat_map(Reader::children);
    let of_parts: Vec<_> = of_parts.map(|(_, part)| part.get("env")).collect();
    let all = [own].into_iter().chain(tags).chain(of_parts);
    all.filter(Reader::is_present).collect()
}

fn is_structured(env: &Reader<'_>) -> bool {
    ["clear", "secret", "tags"].iter().any(|key| env.has(key))
}

/// The clear variables of an environment that have a value.
fn clear<'tree>(env: &Reader<'tree>) -> Vec<(String, Reader<'tree>)> {
    let clear = if is_structured(env) {
        env.get("clear")
    } else {
        env.clone()
    };
    clear
        .children()
        .filter(|(_, value)| value.as_text().is_some_and(|text| !text.is_empty()))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The entries of `env.secret`, each cut at its colon (config §5.2).
fn secret<'tree>(env: &Reader<'tree>) -> Vec<(String, String, Reader<'tree>)> {
    let list = env.get("secret");
    list.items()
        .filter_map(|item| {
            let text = item.as_text()?;
            let (variable, source) = text.split_once(':').unwrap_or((&text, &text));
            Some((variable.to_owned(), source.to_owned(), item))
        })
        .collect()
}

/// The variables that an environment takes from secrets.
fn variables(env: &Reader<'_>) -> Vec<String> {
    let secret = secret(env).into_iter();
    secret.map(|(variable, ..)| variable).collect()
}

fn registries<'tree>(root: &Reader<'tree>) -> Vec<Reader<'tree>> {
    let accessories = root.get("accessories");
    let of_accessories = accessories.children().map(|(_, it)| it.get("registry"));
    [root.get("registry")]
        .into_iter()
        .chain(of_accessories)
        .collect()
}

/// Every name of a secret, with its place.
fn asked<'tree>(root: &Reader<'tree>) -> Vec<(String, Reader<'tree>)> {
    let mut asked = Vec::new();
    let mut add = |item: Reader<'tree>| asked.extend(item.as_text().map(|name| (name, item)));
    for registry in registries(root) {
        for key in ["username", "password"] {
            registry.get(key).items().take(1).for_each(&mut add);
        }
    }
    root.get("builder")
        .get("secrets")
        .items()
        .for_each(&mut add);
    let keys = root.get("ssh").get("key_data");
    let is_name = |item: &Reader<'_>| {
        let text = item.as_text();
        text.is_some_and(|text| text.parse::<SecretName>().is_ok())
    };
    keys.items().filter(is_name).for_each(&mut add);
    let parts = [root.get("servers"), root.get("accessories")];
    let of_parts = parts
        .iter()
        .flat_map(Reader::children)
        .map(|(_, part)| part);
    for part in [root.clone()].into_iter().chain(of_parts) {
        let tls = part.get("proxy").get("ssl");
        for key in ["certificate_pem", "private_key_pem"] {
            add(tls.get(key));
        }
    }
    for env in environments(root) {
        let secret = secret(&env).into_iter();
        asked.extend(secret.map(|(_, source, item)| (source, item)));
    }
    asked
}

#[cfg(test)]
mod tests {
    use dhow_erb::StagedRuntime;

    use super::*;
    use crate::{Loaded, Sources, load};

    const HEAD: &str = "\
service: shop
image: acme/shop
builder: {arch: amd64, secrets: [BUILD_TOKEN]}
";

    fn loaded(rest: &str) -> Loaded {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deploy.yml");
        std::fs::write(&file, format!("{HEAD}{rest}")).unwrap();
        let mut runtime = StagedRuntime::default().with_variable("TOKEN", "hunter2");
        let sources = Sources::read(folder.path(), &file, None, &mut runtime).unwrap();
        load(&sources, None).unwrap_or_else(|problems| panic!("{problems}"))
    }

    /// All warnings with their snippets, which never hold a value.
    fn warned(rest: &str) -> String {
        let warnings = loaded(rest).warnings;
        let rendered: Vec<String> = warnings.iter().map(|it| it.render(false)).collect();
        let rendered = rendered.join("\n");
        assert!(!rendered.contains("hunter2"), "{rendered}");
        let lines = rendered.lines();
        lines
            .filter(|line| !line.contains("-->"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    const LISTED: &str = "registry: {username: [WHO], password: [PASSWORD]}\n";

    #[test]
    fn secrets_in_clear_are_told_without_their_values() {
        insta::assert_snapshot!(warned(&format!("{LISTED}{}", "\
servers:
  web: {hosts: [h1], env: {clear: {API_TOKEN: hunter2}, secret: [RAILS_MASTER_KEY]}}
env:
  clear:
    DB_HOST: db
    DB_PASSWORD: hunter2
    DATABASE_URL: postgres://app:hunter2@db/app
    SENTRY_DSN: hunter2
  secret:
    - \"SENTRY_DSN:SENTRY\"
  tags:
    eu: {SMTP_PASS: hunter2}
accessories:
  db: {image: mysql, host: h1, env: {MYSQL_ROOT_PASSWORD: hunter2, MYSQL_PASSWORD: '', TZ: UTC}}
")), @"
        warning: servers/web/env/clear/API_TOKEN: this looks like a secret, and clear values can be read by everybody on the hosts
          |
        6 |   web: {hosts: [h1], env: {clear: {API_TOKEN: *******}, secret: [RAILS_MASTER_KEY]}}
          |                                    ^^^^^^^^^
          |
          = help: set API_TOKEN in the secrets file and list it below `secret` instead: clear values are arguments of `docker run`
        warning: env/clear/DB_PASSWORD: this looks like a secret, and clear values can be read by everybody on the hosts
           |
        10 |     DB_PASSWORD: *******
           |     ^^^^^^^^^^^
           |
           = help: set DB_PASSWORD in the secrets file and list it below `secret` instead: clear values are arguments of `docker run`
        warning: env/clear/DATABASE_URL: this looks like a secret, and clear values can be read by everybody on the hosts
           |
        11 |     DATABASE_URL: *****************************
           |     ^^^^^^^^^^^^
           |
           = help: set DATABASE_URL in the secrets file and list it below `secret` instead: clear values are arguments of `docker run`
        warning: env/clear/SENTRY_DSN: it is a secret too, and Docker lets the clear value win
           |
        12 |     SENTRY_DSN: *******
           |     ^^^^^^^^^^
           |
           = help: take one of them out
        warning: env/tags/eu/SMTP_PASS: this looks like a secret, and clear values can be read by everybody on the hosts
           |
        16 |     eu: {SMTP_PASS: *******}
           |          ^^^^^^^^^
           |
           = help: set SMTP_PASS in the secrets file and list it below `secret` instead: clear values are arguments of `docker run`
        warning: accessories/db/env/MYSQL_ROOT_PASSWORD: this looks like a secret, and clear values can be read by everybody on the hosts
           |
        18 |   db: {image: mysql, host: h1, env: {MYSQL_ROOT_PASSWORD: *******, MYSQL_PASSWORD: '', TZ: ***}}
           |                                      ^^^^^^^^^^^^^^^^^^^
           |
           = help: set MYSQL_ROOT_PASSWORD in the secrets file and list it below `secret` instead: clear values are arguments of `docker run`
        ");
    }

    #[test]
    fn a_password_of_a_registry_is_told_where_it_is_written() {
        let registry = |password: &str| {
            warned(&format!(
                "servers: [h1]\nregistry: {{username: me, password: {password}}}\n"
            ))
        };
        insta::assert_snapshot!(registry("hunter2"), @"
        warning: registry/password: the password is written in the deploy file, where git keeps it
          |
        5 | registry: {username: **, password: *******}
          |                          ^^^^^^^^
          |
          = help: put it into the secrets file, `KAMAL_REGISTRY_PASSWORD=$(…)`, and write its name here in a list: `password: [KAMAL_REGISTRY_PASSWORD]`
        ");
        for fine in ["[NAME]", "<%= ENV['TOKEN'] %>", "'<%= ENV[\"TOKEN\"] %>'"] {
            assert_eq!(registry(fine), "", "{fine}");
        }
    }

    #[test]
    fn every_name_that_is_asked_for_has_its_place() {
        let Mentions { asked, clear } = loaded(&format!("{LISTED}{}", "\
servers:
  web: {hosts: [h1, {h2: eu}], env: {secret: [A, 'B:C']}}
  job: [h2]
proxy: {hosts: [x.org], ssl: {certificate_pem: CERT, private_key_pem: KEY}}
ssh: {key_data: [DEPLOY_KEY, 'BEGIN a key']}
env: {clear: {PLAIN: 1, EMPTY: ''}, tags: {eu: {secret: [D]}}}
accessories:
  db: {image: mysql, host: h1, registry: {server: x, username: u, password: [OTHER]}, env: {secret: [E], clear: {TZ: UTC}}}
")).mentions;
        let shown = |mentions: Vec<Mention>| {
            let each = mentions.iter().map(|it| {
                let (line, column) = (it.place.line, it.place.column);
                format!("{line}:{column} {} {}", it.path, it.name)
            });
            each.collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(shown(asked), @"
        4:23 registry/username/0 WHO
        4:40 registry/password/0 PASSWORD
        12:78 accessories/db/registry/password/0 OTHER
        3:34 builder/secrets/0 BUILD_TOKEN
        9:18 ssh/key_data/0 DEPLOY_KEY
        8:48 proxy/ssl/certificate_pem CERT
        8:71 proxy/ssl/private_key_pem KEY
        10:58 env/tags/eu/secret/0 D
        6:47 servers/web/env/secret/0 A
        6:50 servers/web/env/secret/1 C
        12:102 accessories/db/env/secret/0 E
        ");
        insta::assert_snapshot!(shown(clear), @"
        10:15 env/clear/PLAIN PLAIN
        12:114 accessories/db/env/clear/TZ TZ
        ");
    }
}
