//! Building: what every deploy may be told of it, and `dhow build`.

use clap::{Args, Subcommand};

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Build {
    /// Do not build: deploy the image that is in the registry already
    #[arg(short = 'P', long)]
    pub(crate) skip_push: bool,
    #[command(flatten)]
    pub(crate) freshness: Freshness,
    /// Build the commit at HEAD although --version or VERSION gives it another name
    #[arg(long = "build-as")]
    pub(crate) under_given_name: bool,
    #[command(flatten)]
    pub(crate) reach: Reach,
}

/// Which of the selected hosts must be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct Reach {
    /// Act on the hosts that can be reached, and name those that are left for `deploy --pending`
    #[arg(long)]
    pub(crate) skip_unreachable: bool,
}

/// What earlier builds may have left that is not good enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub(crate) struct Freshness {
    /// Build without what earlier builds left in the cache
    #[arg(long)]
    no_cache: bool,
    /// Ask the registry for every base image, whether there is one of the name already or not
    #[arg(long)]
    pull: bool,
}

impl From<Freshness> for dhow_builder::Freshness {
    fn from(Freshness { no_cache, pull }: Freshness) -> Self {
        Self { no_cache, pull }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum BuildCommand {
    /// Build the image and push it
    Push {
        /// Where the image goes: registry, or what buildx calls docker, local, tar, …
        #[arg(long, default_value = "registry")]
        output: String,
        #[command(flatten)]
        freshness: Freshness,
        /// Build the commit at HEAD although --version or VERSION gives it another name
        #[arg(long)]
        build_as: bool,
    },
    /// Pull the image on the hosts that run the app
    Pull,
    /// Push, then pull
    Deliver {
        #[command(flatten)]
        freshness: Freshness,
        /// Build the commit at HEAD although --version or VERSION gives it another name
        #[arg(long)]
        build_as: bool,
    },
    /// Build the folder as it is, uncommitted files included, into this machine's engine, tagged with -dirty
    Dev {
        /// Where the image goes: docker, which is this machine's engine, or what buildx calls local, tar, …
        #[arg(long, default_value = "docker")]
        output: String,
        #[command(flatten)]
        freshness: Freshness,
    },
    /// Show what would be built, from what, and with which command; asks no host
    Explain,
    /// Make the builder that the deploy file asks for, where there is none that fits
    Create,
    /// Remove the builder
    Remove,
    /// Show the builder
    Details,
}

impl BuildCommand {
    /// Whether it is asked for its data.
    pub(super) fn only_looks(&self) -> bool {
        matches!(self, Self::Explain | Self::Details)
    }

    /// The word that was typed.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Push { .. } => "push",
            Self::Pull => "pull",
            Self::Deliver { .. } => "deliver",
            Self::Dev { .. } => "dev",
            Self::Explain => "explain",
            Self::Create => "create",
            Self::Remove => "remove",
            Self::Details => "details",
        }
    }
}
