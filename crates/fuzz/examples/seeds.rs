//! Writes the seeds of each target that is named, and a dictionary of their words; `bin/fuzz` calls this.

use std::{error::Error, path::Path};

use dhow_fuzz::{dictionary, seeds};
use fs_err as fs;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("seeds FOLDER TARGET…")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for target in arguments {
        let seeds = seeds(&target, &root)?;
        let to = Path::new(&folder).join(&target);
        fs::create_dir_all(to.join("corpus"))?;
        fs::write(to.join("words"), dictionary(&seeds))?;
        for (number, seed) in seeds.into_iter().enumerate() {
            fs::write(to.join(format!("corpus/seed-{number:04}")), seed)?;
        }
    }
    Ok(())
}
