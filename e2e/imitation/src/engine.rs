//! What an engine holds, as one document of JSON per host. Containers and images have the shape of `docker inspect`.

use std::{
    fmt::Write as _,
    fs::{self, File},
    path::PathBuf,
};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::place;

/// The engine of a host, for as long as one command holds it.
#[derive(Debug)]
pub struct Engine {
    file: PathBuf,
    /// Others wait for it.
    _lock: File,
    /// Containers, images, networks and volumes, the newest last.
    pub holds: Value,
}

impl Engine {
    /// Opens the engine of the host that is asked, and waits until nobody else uses it.
    pub fn open() -> Self {
        let folder = place::of_host(&place::host());
        fs::create_dir_all(&folder).expect("the engine's folder can be made");
        let lock = File::create(folder.join("engine.lock")).expect("the lock can be made");
        lock.lock().expect("the lock can be had");
        let file = folder.join("engine.json");
        let holds = fs::read(&file)
            .ok()
            .and_then(|it| serde_json::from_slice(&it).ok());
        let empty = || json!({"containers": [], "images": [], "networks": ["bridge", "host", "none"], "volumes": [], "builders": {}, "contexts": {}, "routes": {}, "made": 0});
        Self {
            file,
            _lock: lock,
            holds: holds.unwrap_or_else(empty),
        }
    }

    /// Keeps what was changed.
    pub fn keep(&self) {
        fs::write(&self.file, self.holds.to_string()).expect("the engine can be kept");
    }

    /// All of a kind.
    pub fn all(&self, kind: &str) -> &Vec<Value> {
        self.holds[kind].as_array().expect("a list")
    }

    /// All of a kind, to change them.
    pub fn all_mut(&mut self, kind: &str) -> &mut Vec<Value> {
        self.holds[kind].as_array_mut().expect("a list")
    }

    /// A mapping, to change it.
    pub fn map_mut(&mut self, kind: &str) -> &mut Map<String, Value> {
        self.holds[kind].as_object_mut().expect("a mapping")
    }

    /// A number that no other thing of this engine got.
    pub fn next(&mut self) -> u64 {
        let next = self.holds["made"].as_u64().unwrap_or(0) + 1;
        self.holds["made"] = next.into();
        next
    }

    /// Where a container is, by name or by the beginning of its identifier.
    pub fn container(&self, wanted: &str) -> Option<usize> {
        let all = self.all("containers");
        let named = all.iter().position(|it| name_of(it) == wanted);
        named.or_else(|| {
            let mut identifiers = all.iter();
            identifiers.position(|it| !wanted.is_empty() && text(&it["Id"]).starts_with(wanted))
        })
    }

    /// Where an image is, by tag, by digest or by the beginning of its identifier.
    pub fn image(&self, wanted: &str) -> Option<usize> {
        let full = with_tag(wanted);
        let bare = wanted.trim_start_matches("sha256:");
        let holds = |list: &Value, name: &str| {
            let list = list.as_array();
            list.is_some_and(|list| list.iter().any(|it| it == name))
        };
        let all = self.all("images");
        let named = all
            .iter()
            .position(|it| holds(&it["RepoTags"], &full) || holds(&it["RepoDigests"], wanted));
        named.or_else(|| {
            let mut identifiers = all.iter();
            identifiers.position(|it| {
                !bare.is_empty()
                    && text(&it["Id"])
                        .trim_start_matches("sha256:")
                        .starts_with(bare)
            })
        })
    }
}

/// A text that may be missing.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A container's name without Docker's slash.
pub fn name_of(container: &Value) -> &str {
    text(&container["Name"]).trim_start_matches('/')
}

/// An image's name with a tag.
pub fn with_tag(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    if last.contains([':', '@']) {
        name.to_owned()
    } else {
        format!("{name}:latest")
    }
}

/// 64 hexadecimal digits that follow from a text, so that two runs agree.
pub fn identifier(of: &str) -> String {
    let hash = Sha256::digest(of.as_bytes());
    hash.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
