//! Gives a clone the objects of its source without copying them.
//!
//! A fetch would pack every object again; a reference to the source's store (git's "alternates") would break
//! once the clone is copied into an image, where builds may well ask git for a version. So the files of the
//! store are linked, as `git clone --local` does, and files the source no longer has are dropped again.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use fs_err as fs;

/// How far a store that borrows from a store that borrows is followed, as in git.
const BORROWING_DEPTH: usize = 5;

/// Makes the object store `to` hold exactly the object files of `from` and of the stores it borrows from.
pub(crate) fn mirror(from: &Path, to: &Path) -> io::Result<()> {
    let mut wanted = BTreeMap::new();
    for store in with_borrowed(from) {
        for (name, path) in object_files(&store)? {
            wanted.entry(name).or_insert(path);
        }
    }
    let present = object_files(to)?;
    let mut missing: Vec<_> = wanted
        .iter()
        .filter(|(name, _)| !present.contains_key(*name))
        .collect();
    // An index promises that its pack is there, so it comes last.
    missing.sort_by_key(|(name, _)| name.extension().is_some_and(|kind| kind == "idx"));
    for (name, path) in missing {
        link(path, &to.join(name))?;
    }
    for (name, path) in present {
        if !wanted.contains_key(&name) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The object files of one store by their name within it: loose objects first, then packs, so that objects
/// which are packed meanwhile are seen at least once.
fn object_files(store: &Path) -> io::Result<BTreeMap<PathBuf, PathBuf>> {
    let mut files = BTreeMap::new();
    for folder in entries(store)? {
        let Some(name) = folder.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name.len() == 2 && is_hex(name) {
            add_files(&folder, name, is_hex, &mut files)?;
        }
    }
    add_files(&store.join("pack"), "pack", is_pack_file, &mut files)?;
    Ok(files)
}

fn add_files(
    folder: &Path,
    folder_name: &str,
    is_object: fn(&str) -> bool,
    files: &mut BTreeMap<PathBuf, PathBuf>,
) -> io::Result<()> {
    for path in entries(folder)? {
        if let Some(name) = path.file_name().and_then(|name| name.to_str())
            && is_object(name)
        {
            files.insert(Path::new(folder_name).join(name), path);
        }
    }
    Ok(())
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A pack and what belongs to it. Derived files (bitmaps, the index over many packs) would have to fit the
/// exact set of packs and are left out.
fn is_pack_file(name: &str) -> bool {
    let kind = Path::new(name).extension().and_then(|kind| kind.to_str());
    name.starts_with("pack-")
        && matches!(kind, Some("pack" | "idx" | "rev" | "promisor" | "mtimes"))
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// A file that vanished was packed meanwhile; what is really missing shows when HEAD is checked out.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    // Another file system or another owner forbids the link; a copy serves as well.
    let result = fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()));
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn with_borrowed(store: &Path) -> Vec<PathBuf> {
    let mut stores = vec![store.to_owned()];
    let mut newest = stores.clone();
    for _ in 0..BORROWING_DEPTH {
        newest = newest
            .iter()
            .flat_map(|store| borrowed_by(store))
            .filter(|store| !stores.contains(store))
            .collect();
        stores.extend(newest.clone());
    }
    stores
}

fn borrowed_by(store: &Path) -> Vec<PathBuf> {
    let list = fs::read_to_string(store.join("info/alternates")).unwrap_or_default();
    list.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| store.join(line))
        .collect()
}
