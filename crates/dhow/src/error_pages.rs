//! The pages that the proxy shows in place of its own, as they lie in the project.

use std::{collections::BTreeMap, io, path::Path};

use dhow_config::Config;
use dhow_plan::Content;

use crate::failure::{Failure, Kind};

/// Reads `4??.html` and `5??.html` of `error_pages_path` (host-commands §4.5). Paths start in `folder`.
pub(crate) fn read(config: &Config, folder: &Path) -> Result<BTreeMap<String, Content>, Failure> {
    let Some(path) = &config.error_pages_path else {
        return Ok(BTreeMap::new());
    };
    let failed = |error: &io::Error| {
        let headline = format!("reading the error pages in {} failed", path.display());
        Failure::new(Kind::Project, headline)
            .because(error)
            .hint("`error_pages_path` names the folder, relative to the project")
    };
    let mut pages = BTreeMap::new();
    for entry in fs_err::read_dir(folder.join(path)).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            continue;
        };
        if is_error_page(&name) && entry.path().is_file() {
            let bytes = fs_err::read(entry.path()).map_err(|error| failed(&error))?;
            pages.insert(name, Content::new(bytes));
        }
    }
    Ok(pages)
}

fn is_error_page(name: &str) -> bool {
    let code = name.strip_suffix(".html").unwrap_or_default();
    code.chars().count() == 3 && code.starts_with(['4', '5'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_for_errors_are_taken() {
        for (name, taken) in [
            ("404.html", true),
            ("503.html", true),
            ("200.html", false),
            ("4040.html", false),
            ("404.htm", false),
            ("index.html", false),
            ("50x.html", true),
        ] {
            assert_eq!(is_error_page(name), taken, "{name}");
        }
    }
}
