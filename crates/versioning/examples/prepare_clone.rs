//! Prepares the clone that an image is built from and prints how long it took, in milliseconds.
//!
//! `prepare_clone WORK_TREE CACHE_FOLDER`; `bench/run` compares it with `git clone`.

use std::{env, error::Error, path::PathBuf, time::Instant};

use dhow_versioning::{BuildClone, WorkTree};

#[expect(clippy::print_stdout, reason = "its output is what the script reads")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = env::args_os().skip(1).map(PathBuf::from);
    let (Some(source), Some(cache)) = (paths.next(), paths.next()) else {
        return Err("prepare_clone WORK_TREE CACHE_FOLDER".into());
    };
    let began = Instant::now();
    let work_tree = WorkTree::discover(&source)?;
    let clone = BuildClone::prepare(&work_tree, &cache, &"bench".parse()?)?;
    println!("{} {:?}", began.elapsed().as_millis(), clone.outcome());
    Ok(())
}
