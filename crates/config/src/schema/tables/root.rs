//! The top level (config §3).

use super::{
    super::{
        Kind::{
            Aliases, Boolean, Each, Env, HookOutput, Integer, Section as In, Servers, Text,
            TextMap, Texts,
        },
        Section,
    },
    accessory::ACCESSORY,
    builder::BUILDER,
    connection::{SSH, SSHKIT},
    key,
    proxy::PROXY,
    registry::REGISTRY,
    running::{BOOT, DHOW, LOGGING, OUTPUT},
};

/// The whole file.
pub(crate) static ROOT: Section = Section {
    name: "configuration",
    about: "One file describes a service: where it runs, how its image is built, and what runs beside it. \
            `config/deploy.staging.yml` is laid over it with `-d staging`: mappings are merged key by key, \
            everything else is replaced. Keys that begin with `x-` are passed over, so that anchors can be kept there.",
    keys: &[
        key("service", Text, "The name of the app. Containers, labels, folders and locks on the hosts carry it. \
            Letters, digits, `-` and `_`.").required().example("shop"),
        key("image", Text, "The image without registry and without tag. With a registry on this machine it may be \
            left out and is the service's name then.").example("acme/shop"),
        key("labels", TextMap, "Labels for all app containers. `service`, `role` and `destination` are taken.")
            .default("{}").example("{team: commerce}"),
        key("volumes", Texts, "Volumes mounted into all app containers, in Docker's words.")
            .default("[]").example("[\"uploads:/app/uploads\"]"),
        key("registry", In(&REGISTRY), "Where the image is pushed to and pulled from, and how to log in there.")
            .required().example("{server: ghcr.io, username: acme, password: [REGISTRY_PASSWORD]}"),
        key("servers", Servers, "The hosts: a list for the role `web`, or a list or a mapping for each role. A host \
            may carry one tag or several. \
            Without it there must be accessories.").example("[10.0.0.1, 10.0.0.2]")
            .also(&["[10.0.0.1, {10.0.0.2: eu}, {10.0.0.3: [eu, slow]}]", "{web: [10.0.0.1, 10.0.0.2], job: {hosts: [10.0.0.3], cmd: bin/jobs}}"]),
        key("env", Env { tags: true }, "The environment of all app containers.")
            .default("{}").example("{clear: {PORT: \"3000\"}, secret: [DATABASE_URL]}")
            .also(&["{PORT: \"3000\", LOG_LEVEL: info}"]),
        key("asset_path", Text, "A folder in the image whose files are kept across versions, so that pages of the \
            old version still find theirs. `:ro` and other mount options may stand behind it. Roles behind the proxy only.")
            .example("/app/public/assets"),
        key("hooks_path", Text, "The folder with the hooks, relative to the project.")
            .default(".kamal/hooks").example("deploy/hooks"),
        key("hooks_output", HookOutput, "How much of the hooks is shown: `quiet` or `verbose`, for all or by hook. \
            A hook that fails is always shown.").example("quiet").also(&["{pre-deploy: verbose, post-deploy: quiet}"]),
        key("secrets_path", Text, "First part of the names of the secrets files: `-common`, nothing or \
            `.DESTINATION` is put behind it.").default(".kamal/secrets").example("deploy/secrets"),
        key("error_pages_path", Text, "A folder with pages such as `503.html`, which the proxy shows in place of \
            its own.").example("public"),
        key("require_destination", Boolean, "Whether a run without `-d` is refused.").default("false").example("true"),
        key("primary_role", Text, "The role whose first host runs what has to run once, and which is behind the \
            proxy without being asked to.").default("web").example("app"),
        key("allow_empty_roles", Boolean, "Whether roles other than the primary may have no hosts.")
            .default("false").example("true"),
        key("retain_containers", Integer, "How many stopped containers prune leaves on a host, for going back; at \
            least 1.").default("5").example("3"),
        key("minimum_version", Text, "The oldest Kamal that may use this file. dhow answers as 2.12.0.")
            .example("\"2.11.0\""),
        key("readiness_delay", Integer, "For roles without proxy and health check: how many seconds a container \
            has to keep running until it counts as healthy. 0 turns it off.").default("7").example("3"),
        key("deploy_timeout", Integer, "How many seconds a new container may take to become healthy.")
            .default("30").example("60"),
        key("drain_timeout", Integer, "How many seconds the requests of an old container may take to finish.")
            .default("30").example("20"),
        key("stop_timeout", Integer, "How many seconds a container may take to stop before it is killed. Without \
            it: Docker's 10 behind the proxy, else `drain_timeout`.").example("15"),
        key("run_directory", Text, "Without effect: files on hosts always lie in `.kamal`.")
            .ignored("it has no effect: files on hosts always lie in `.kamal`"),
        key("ssh", In(&SSH), "How hosts are reached.").default("{}").example("{user: deploy, keys: [~/.ssh/deploy]}"),
        key("sshkit", In(&SSHKIT), "How many connections are begun at a time, and how long they are kept.")
            .default("{}").example("{max_concurrent_starts: 10}"),
        key("builder", In(&BUILDER), "How the image is built.").required().example("{arch: amd64}"),
        key("accessories", Each(&ACCESSORY), "Databases and other services that are booted once and that a deploy \
            leaves alone, each under a name of its own.").default("{}")
            .example("{db: {image: \"postgres:17\", host: 10.0.0.9, port: \"127.0.0.1:5432:5432\"}}"),
        key("proxy", In(&PROXY), "How the proxy in front of the app behaves. Roles may say otherwise.")
            .default("{}").example("{host: shop.example, ssl: true, app_port: 3000}"),
        key("boot", In(&BOOT), "In which groups hosts are booted.").default("{}").example("{limit: 25%, wait: 2}"),
        key("logging", In(&LOGGING), "Where containers log to. Roles may say otherwise.")
            .default("{}").example("{driver: local, options: {max-size: 100m}}"),
        key("output", In(&OUTPUT), "Where the story of a run is told beside the terminal.")
            .default("{}").example("{file: {path: log/deploys}}"),
        key("aliases", Aliases, "Command lines with short names. What is written behind the name on the command \
            line is put behind them.").default("{}").example("{console: \"app exec -i --reuse bin/console\"}"),
        key("primary_web_role", Text, "Kamal 1's name for `primary_role`.").of_kamal_1(),
        key("x-dhow", In(&DHOW), "Settings of dhow's own, which Kamal passes over.").default("{}")
            .example("{secrets: {expand: kamal}}"),
    ],
};
