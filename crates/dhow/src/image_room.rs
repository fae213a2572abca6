//! Whether hosts have room for an image, from what its registry says of its parts.

use std::collections::{BTreeMap, BTreeSet};

use dhow_names::{Digest, Host};
use dhow_plan::facts::{Engine, Facts, HostFacts};
use dhow_registry_client::{Layer, Manifest};
use dhow_roles::Fleet;

use crate::{
    failure::{Failure, Kind},
    image_source::{Found, ImageSource},
    local_registry::size,
};

/// How much larger a layer commonly is when it is unpacked.
const UNPACKED: u64 = 3;

/// A host that has to fetch parts of the image.
#[derive(Debug, PartialEq, Eq)]
struct Need<'a> {
    host: &'a Host,
    /// How many bytes are sent; more lie there when they are unpacked.
    fetched: u64,
    /// How many bytes are free.
    free: u64,
}

/// Fails when a host cannot hold even the packed parts that it lacks; warns of those that it probably cannot hold
/// unpacked. What is not known is no trouble.
pub(crate) async fn check(
    source: &ImageSource<'_>,
    manifest: &Manifest,
    fleet: &Fleet<'_>,
    facts: &Facts,
) -> Result<Vec<String>, Failure> {
    let mut needs = Vec::new();
    let mut known = KnownLayers::default();
    for host in fleet.app_hosts() {
        let about = facts.of(host);
        let Some(free) = about.store.as_ref().and_then(|store| store.free) else {
            continue;
        };
        if has(&about, manifest.digest) {
            continue;
        }
        let architecture = architecture(&about);
        let Some(layers) = known.of_new(source, manifest, architecture).await else {
            continue;
        };
        // The newest image is the one that shares most; its parts are not sent again.
        let newest = about.images.iter().find_map(|image| image.digests.first());
        let there = match newest {
            Some(digest) => known.of(source, *digest, architecture).await,
            None => None,
        };
        let fetched = missing(&layers, there.as_deref().unwrap_or_default());
        needs.push(Need {
            host,
            fetched,
            free,
        });
    }
    judge(&needs)
}

/// Parts of images that were asked for already, by digest and architecture.
#[derive(Default)]
struct KnownLayers(BTreeMap<(Digest, String), Option<Vec<Layer>>>);

impl KnownLayers {
    async fn of_new(
        &mut self,
        source: &ImageSource<'_>,
        manifest: &Manifest,
        architecture: &str,
    ) -> Option<Vec<Layer>> {
        let key = (manifest.digest, architecture.to_owned());
        if !self.0.contains_key(&key) {
            let layers = source.layers(manifest, architecture).await;
            self.0.insert(key.clone(), layers);
        }
        self.0.get(&key)?.clone()
    }

    async fn of(
        &mut self,
        source: &ImageSource<'_>,
        digest: Digest,
        architecture: &str,
    ) -> Option<Vec<Layer>> {
        let key = (digest, architecture.to_owned());
        if let Some(known) = self.0.get(&key) {
            return known.clone();
        }
        match source.find(&digest.to_string()).await {
            Found::Image(manifest) => self.of_new(source, &manifest, architecture).await,
            Found::Missing { .. } | Found::Unknown { .. } => {
                self.0.insert(key, None);
                None
            }
        }
    }
}

fn has(known: &HostFacts, digest: Digest) -> bool {
    let mut images = known.images.iter();
    images.any(|image| image.digests.contains(&digest))
}

fn architecture(known: &HostFacts) -> &str {
    match &known.engine {
        Engine::Running {
            architecture: Some(it),
            ..
        } => it,
        _ => "amd64",
    }
}

/// A part that an image names twice is sent once.
fn missing(wanted: &[Layer], there: &[Layer]) -> u64 {
    let there: BTreeSet<Digest> = there.iter().map(|layer| layer.digest).collect();
    let lacking: BTreeMap<Digest, u64> = wanted
        .iter()
        .filter(|layer| !there.contains(&layer.digest))
        .map(|layer| (layer.digest, layer.size))
        .collect();
    lacking.values().sum()
}

fn judge(needs: &[Need<'_>]) -> Result<Vec<String>, Failure> {
    let told = |need: &Need<'_>| {
        format!(
            "{}: {} are free where images lie, {} have to be fetched, and take more when unpacked",
            need.host,
            size(need.free),
            size(need.fetched)
        )
    };
    let full: Vec<String> = needs
        .iter()
        .filter(|need| need.free < need.fetched)
        .map(told)
        .collect();
    if !full.is_empty() {
        let mut failure = Failure::new(
            Kind::Host,
            "there is no room for the image, nothing that runs was touched",
        );
        failure.causes = full;
        return Err(failure.hint(
            "make room on the host: `docker system df` shows what takes it, `dhow prune all` removes old versions",
        ));
    }
    Ok(needs
        .iter()
        .filter(|need| need.free / UNPACKED < need.fetched)
        .map(told)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(name: &str, size: u64) -> Layer {
        Layer {
            digest: Digest::of(name.as_bytes()),
            size,
        }
    }

    #[test]
    fn only_what_is_missing_is_counted_and_each_part_once() {
        let wanted = [layer("base", 100), layer("app", 20), layer("app", 20)];
        assert_eq!(missing(&wanted, &[]), 120);
        assert_eq!(missing(&wanted, &[layer("base", 100)]), 20);
        assert_eq!(missing(&wanted, &wanted), 0);
    }

    #[test]
    fn a_full_host_stops_and_a_nearly_full_one_warns() {
        let (one, two): (Host, Host) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let need = |host, free| Need {
            host,
            fetched: 1_000_000,
            free,
        };
        assert!(judge(&[need(&one, 3_000_000)]).unwrap().is_empty());
        assert_eq!(
            judge(&[need(&one, 2_900_000)]).unwrap(),
            [
                "10.0.0.1: 2.9 MB are free where images lie, 1.0 MB have to be fetched, and take more when unpacked"
            ]
        );
        let failure = judge(&[need(&one, 3_000_000), need(&two, 999_999)]).unwrap_err();
        assert_eq!(failure.causes.len(), 1);
        assert!(failure.causes[0].starts_with("10.0.0.2: 999.9 kB are free"));
    }
}
