//! Accessories (config §9).

use super::{
    super::{
        Kind::{Env, FalseOr, Free, Mounts, Section as In, Text, TextMap, Texts},
        Section,
    },
    key,
    proxy::PROXY,
    registry::REGISTRY,
};

/// One accessory.
pub(crate) static ACCESSORY: Section = Section {
    name: "accessory",
    about: "A service beside the app, such as a database. It is booted once, and deploys leave it alone. Exactly \
            one of `host`, `hosts`, `role`, `roles`, `tag` and `tags` says where it runs.",
    keys: &[
        key(
            "image",
            Text,
            "The image with its tag, without the registry when one is given below.",
        )
        .required()
        .example("postgres:17"),
        key(
            "service",
            Text,
            "The name of the container; `SERVICE-NAME` by default, without the destination.",
        )
        .example("shop-postgres"),
        key("registry", In(&REGISTRY), "A registry of its own.")
            .default("{}")
            .example("{server: ghcr.io, username: acme, password: [GHCR_TOKEN]}"),
        key("host", Text, "The host it runs on.").example("10.0.0.9"),
        key("hosts", Texts, "The hosts it runs on.").example("[10.0.0.8, 10.0.0.9]"),
        key("role", Text, "It runs on the hosts of this role.").example("web"),
        key("roles", Texts, "It runs on the hosts of these roles.").example("[web, job]"),
        key("tag", Text, "It runs on the hosts that carry this tag.").example("eu"),
        key(
            "tags",
            Texts,
            "It runs on the hosts that carry one of these tags.",
        )
        .example("[eu, us]"),
        key("cmd", Text, "The command, in place of the image's own.")
            .example("redis-server --save 60 1"),
        key(
            "port",
            Text,
            "A published port, in Docker's words; one number stands for both sides.",
        )
        .example("\"127.0.0.1:5432:5432\""),
        key("labels", TextMap, "Labels of its container.")
            .default("{}")
            .example("{tier: data}"),
        key(
            "options",
            Free,
            "Further flags of `docker run`, as in a role.",
        )
        .default("{}")
        .example("{shm-size: 1g}"),
        key(
            "env",
            Env { tags: false },
            "Its environment; the app's is not handed on.",
        )
        .default("{}")
        .example("{clear: {POSTGRES_USER: shop}, secret: [POSTGRES_PASSWORD]}"),
        key(
            "files",
            Mounts,
            "Files that are uploaded and mounted: `LOCAL:REMOTE[:OPTIONS]`, or a mapping. A name \
            that ends in `erb` is rendered first.",
        )
        .default("[]")
        .example("[\"db/init.sql:/docker-entrypoint-initdb.d/init.sql:ro\"]")
        .also(&["[{local: db/pg.conf, remote: /etc/pg.conf, mode: \"0640\"}]"]),
        key(
            "directories",
            Mounts,
            "Folders of the host that are made and mounted, in the same forms. A relative \
            one lies below the accessory's folder.",
        )
        .default("[]")
        .example("[\"data:/var/lib/postgresql/data\"]")
        .also(&["[{local: /srv/backup, remote: /backup, owner: \"999:999\"}]"]),
        key("volumes", Texts, "Volumes, in Docker's words.")
            .default("[]")
            .example("[\"pgdata:/var/lib/postgresql\"]"),
        key("network", Text, "Docker's network.")
            .default("kamal")
            .example("private"),
        key(
            "proxy",
            FalseOr(&PROXY),
            "Puts it behind the proxy, with settings of its own; the root's are not \
            handed on.",
        )
        .example("{host: metrics.shop.example, app_port: 3000}"),
    ],
};

/// An entry of `files` or `directories` in mapping form.
pub(crate) static MOUNT: Section = Section {
    name: "accessory/files",
    about: "A file or a folder, and where it is mounted.",
    keys: &[
        key(
            "local",
            Text,
            "The file on this machine, or the folder on the host.",
        )
        .required()
        .example("db/pg.conf"),
        key("remote", Text, "The path in the container.")
            .required()
            .example("/etc/pg.conf"),
        key(
            "mode",
            super::super::Kind::FileMode,
            "What `chmod` makes of it; quote octal digits. Files: 755 by \
            default.",
        )
        .example("\"0640\""),
        key("owner", Text, "What `chown` makes of it.").example("\"999:999\""),
        key("options", Text, "Mount options.").example("ro"),
    ],
};
