//! Labels beside the reserved three (config §4.2, §16.4).

use crate::{findings::Findings, model::Pair, reader::Reader};

/// Reads labels and refuses the reserved ones, which containers are looked up by.
pub(super) fn read(labels: &Reader<'_>, findings: &mut Findings) -> Vec<Pair> {
    for (name, value) in labels.children() {
        if matches!(name, "destination" | "role" | "service") {
            findings.push(
                value
                    .key_error("invalid label. destination, role, and service are reserved labels")
                    .help("containers are found by these three; give yours another name"),
            );
        }
    }
    labels.as_pairs()
}

/// `over` laid over `base`, key by key.
pub(super) fn merged(base: &[Pair], over: Vec<Pair>) -> Vec<Pair> {
    let mut merged = base.to_vec();
    for pair in over {
        match merged.iter_mut().find(|known| known.name == pair.name) {
            Some(known) => known.value = pair.value,
            None => merged.push(pair),
        }
    }
    merged
}
