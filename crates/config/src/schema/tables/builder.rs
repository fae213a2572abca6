//! Builds (config §7).

use super::{
    super::{
        Kind::{Boolean, OneOf, OrKamal1, Scalars, Section as In, Text, TextOrTexts, Texts},
        Section,
    },
    key,
};

/// `builder`.
pub(crate) static BUILDER: Section = Section {
    name: "builder",
    about: "How the image is built. Without `context` a clone of the last commit is built, so that the image is \
            what git holds.",
    keys: &[
        key(
            "arch",
            TextOrTexts("should be an array or a string"),
            "The architecture of the hosts, or several.",
        )
        .required()
        .example("[amd64, arm64]")
        .also(&["amd64"]),
        key(
            "remote",
            OrKamal1(&Text, &MACHINE),
            "A machine that builds for the architectures this one is not, \
            as the URL of its engine.",
        )
        .example("ssh://docker@builder.example"),
        key(
            "local",
            OrKamal1(&Boolean, &MACHINE),
            "Whether this machine builds for its own architecture. `false` \
            needs `remote`.",
        )
        .default("true")
        .example("false"),
        key(
            "driver",
            Text,
            "What buildx builds with: `docker-container`, `docker` (the engine itself), or `cloud \
            ORGANISATION/NAME`.",
        )
        .default("docker-container")
        .example("docker"),
        key(
            "context",
            Text,
            "A folder to build from as it is, in place of a clone of the last commit.",
        )
        .example("."),
        key(
            "dockerfile",
            Text,
            "The Dockerfile, relative to the folder that is built.",
        )
        .default("Dockerfile")
        .example("docker/Dockerfile.production"),
        key("target", Text, "The stage to build.").example("production"),
        key(
            "args",
            Scalars,
            "Build arguments. One without a value is taken from this machine's environment.",
        )
        .default("{}")
        .example("{NODE_VERSION: \"24\"}"),
        key(
            "secrets",
            Texts,
            "Secrets that build steps may mount by name.",
        )
        .default("[]")
        .example("[NPM_TOKEN]"),
        key(
            "ssh",
            Text,
            "An SSH agent or key that build steps may mount.",
        )
        .example("default=$SSH_AUTH_SOCK"),
        key(
            "cache",
            In(&CACHE),
            "Where build steps are kept for the next build.",
        )
        .example("{type: registry, options: mode=max}"),
        key("provenance", Text, "Buildx's `--provenance`.").example("mode=max"),
        key(
            "sbom",
            Boolean,
            "Whether a list of what is in the image is put beside it.",
        )
        .example("true"),
        key(
            "pack",
            In(&PACK),
            "Builds with buildpacks in place of a Dockerfile.",
        )
        .example("{builder: \"heroku/builder:24\", buildpacks: [heroku/ruby]}"),
        key(
            "multiarch",
            Boolean,
            "Kamal 1's way to build for one architecture or two.",
        )
        .of_kamal_1(),
    ],
};

static CACHE: Section = Section {
    name: "builder/cache",
    about: "A cache of build steps.",
    keys: &[
        key(
            "type",
            OneOf(&["registry", "gha"]),
            "Where the cache lies: beside the image, or with GitHub Actions. Without it nothing is cached.",
        )
        .example("registry"),
        key("options", Text, "Further settings of buildx's `--cache-to`, with commas between them.").example("mode=max"),
        key(
            "image",
            Text,
            "The image that holds the cache; `IMAGE-build-cache` by default.",
        )
        .example("acme/shop-cache"),
    ],
};

static PACK: Section = Section {
    name: "builder/pack",
    about: "A build with Cloud Native Buildpacks, for one architecture.",
    keys: &[
        key("builder", Text, "The builder's image.")
            .required()
            .example("heroku/builder:24"),
        key("buildpacks", Texts, "The buildpacks, in order.")
            .required()
            .example("[heroku/ruby]"),
    ],
};

/// Kamal 1's form of `local` and `remote`.
static MACHINE: Section = Section {
    name: "builder/remote",
    about: "Kamal 1's description of a machine that builds.",
    keys: &[
        key("arch", Text, "Its architecture.").example("amd64"),
        key("host", Text, "The URL of its engine.").example("ssh://docker@builder.example"),
    ],
};
