//! Bringing an image to the hosts: finding out which one it is, whether they have room for it, and pulling just that.

use dhow_builder::REVISION_LABEL;
use dhow_names::Digest;
use dhow_plan::{Plan, facts::Facts, recipe::deploy};
use dhow_registry_client::Manifest;
use dhow_ssh_exec::LocalEnd;

use crate::{
    failure::{Failure, Kind},
    image_room,
    image_source::{Found, ImageSource},
    invocation::Invocation,
    local_registry::LocalRegistry,
    project::{Basis, Project},
    session::Session,
};

/// The image of a version, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct PinnedImage {
    /// Its content; hosts are asked for the tag when it is not known.
    pub(crate) digest: Option<Digest>,
    /// What the registry says of it.
    pub(crate) manifest: Option<Manifest>,
}

impl From<Manifest> for PinnedImage {
    fn from(manifest: Manifest) -> Self {
        Self {
            digest: Some(manifest.digest),
            manifest: Some(manifest),
        }
    }
}

/// Brings the image that a session is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bringing<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) source: &'a ImageSource<'a>,
    /// The registry on this machine, when the image comes from there.
    pub(crate) registry: Option<&'a LocalRegistry<'a>>,
}

impl Bringing<'_> {
    /// The image that lies in the registry under the version's tag. Fails when the registry says that there is none.
    pub(crate) async fn existing(&self) -> Result<PinnedImage, Failure> {
        let basis = self.session.basis;
        let image = basis.repository.at(&basis.version);
        match self.source.find(basis.version.as_str()).await {
            Found::Image(manifest) => Ok(manifest.into()),
            Found::Missing { nearest } => Err(no_such_image(&image.to_string(), &nearest)),
            Found::Unknown { reason } => {
                self.session.invocation.announcer.warn(format!(
                    "it is not known which image {image} is, so every host pulls what the tag names then: {reason}"
                ));
                Ok(PinnedImage::default())
            }
        }
    }

    /// The image of a digest, or else of the version's tag, with what the registry says of it. Nobody needs to know
    /// more than is known.
    pub(crate) async fn known(&self, digest: Option<Digest>) -> PinnedImage {
        let version = &self.session.basis.version;
        let reference = digest.map_or_else(|| version.to_string(), |digest| digest.to_string());
        let manifest = match self.source.find(&reference).await {
            Found::Image(manifest) => Some(manifest),
            Found::Missing { .. } | Found::Unknown { .. } => None,
        };
        PinnedImage {
            digest: digest.or(manifest.as_ref().map(|it| it.digest)),
            manifest,
        }
    }

    /// Fails when a host has no room for the image; warns of one that hardly has.
    pub(crate) async fn check_room(
        &self,
        image: &PinnedImage,
        facts: &Facts,
    ) -> Result<(), Failure> {
        let Some(manifest) = &image.manifest else {
            return Ok(());
        };
        let tight = image_room::check(self.source, manifest, self.session.fleet, facts);
        for warning in tight.await? {
            self.session.invocation.announcer.warn(warning);
        }
        Ok(())
    }

    /// Lets the hosts pull, for as long as which our own registry answers them. Nothing that runs is touched.
    pub(crate) async fn pull(
        &self,
        kind: deploy::Kind,
        facts: &Facts,
        carry_out: impl AsyncFnOnce(&Plan, Option<LocalEnd>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let plan = deploy::pull(&self.session.settled(), kind, facts);
        let Some(registry) = self.registry.filter(|_| !plan.phases.is_empty()) else {
            return carry_out(&plan, None).await;
        };
        let served = registry.serve(self.session.transport.control_folder())?;
        let result = carry_out(&plan, Some(served.end())).await;
        served.close(self.session.invocation).await;
        result
    }

    /// Lets the registry's `latest` stand for what was deployed. Nothing depends on it, so a registry that refuses is
    /// told and no more.
    pub(crate) async fn move_latest(&self, image: &PinnedImage) {
        if self.session.project.config.dhow.moves_latest_at_build {
            return;
        }
        let tag = self.session.basis.repository.latest_tag();
        let moved = match &image.manifest {
            Some(manifest) => self.source.tag(manifest, &tag).await,
            None => Err("it does not tell which one this is".to_owned()),
        };
        if let Err(reason) = moved {
            self.session.invocation.announcer.warn(format!(
                "the tag {tag} in the registry still names an earlier image: {reason}"
            ));
        }
    }
}

/// Whether a host was not let in to the registry, in the words of Docker and of the registries' servers.
pub(crate) fn is_refused_login(failure: &Failure) -> bool {
    const WORDS: [&str; 5] = [
        "unauthorized",
        "authentication required",
        "no basic auth credentials",
        "authorization token has expired",
        "denied: ",
    ];
    let mut texts = failure.causes.iter().chain(&failure.details);
    texts.any(|text| {
        let text = text.to_lowercase();
        WORDS.iter().any(|words| text.contains(words))
    })
}

fn no_such_image(image: &str, nearest: &[String]) -> Failure {
    let headline = format!("the registry has no image {image}, nothing was changed");
    let failure = Failure::new(Kind::Step, headline);
    let failure = if nearest.is_empty() {
        failure.detail("It has no other version of it either.")
    } else {
        failure.detail(format!("The nearest it has: {}", nearest.join(", ")))
    };
    failure.hint("leave --skip-push away and the image is built, or name another version")
}

/// Fails when a build would put another content under a tag that the registry has, where tags stay what they are.
pub(crate) async fn check_immutable(
    invocation: &Invocation,
    project: &Project,
    basis: &Basis,
    source: &ImageSource<'_>,
) -> Result<(), Failure> {
    if !project.config.dhow.version.immutable {
        return Ok(());
    }
    let image = basis.repository.at(&basis.version);
    let manifest = match source.find(basis.version.as_str()).await {
        Found::Missing { .. } => return Ok(()),
        Found::Unknown { reason } => {
            invocation.announcer.warn(format!(
                "it is not known whether {image} exists already: {reason}"
            ));
            return Ok(());
        }
        Found::Image(manifest) => manifest,
    };
    let mut platforms = manifest.platforms();
    let architecture = platforms
        .next()
        .map_or("amd64", |(platform, _)| &platform.architecture);
    let image_there = source.image(&manifest, architecture).await;
    let built_from = image_there.and_then(|it| it.labels.get(REVISION_LABEL).cloned());
    let head = project
        .work_tree
        .as_ref()
        .ok()
        .map(|it| it.head().id.to_string());
    if built_from.is_some() && built_from == head {
        return Ok(());
    }
    let from = built_from.map_or_else(
        || "and does not say which commit it was built from".to_owned(),
        |commit| format!("and was built from the commit {commit}"),
    );
    let failure = Failure::new(
        Kind::Project,
        format!("{image} exists already {from}, nothing was built"),
    );
    Err(failure
        .hint("choose a new version, or deploy the image that exists with --skip-push")
        .hint("`x-dhow: {version: {immutable: false}}` in the deploy file lets a build replace it"))
}
