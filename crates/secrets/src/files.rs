//! Which files hold the secrets of a run.

use std::path::{Path, PathBuf};

use dhow_names::Destination;

/// The two secrets files of a run, in the order they are read; neither needs to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretsFiles {
    /// Read first, whatever the destination.
    pub common: PathBuf,
    /// The destination's own, or the plain file when there is no destination. Its values win.
    pub own: PathBuf,
    /// The plain file of a project with destinations, which is not read for one.
    pub unread: Option<PathBuf>,
}

impl SecretsFiles {
    /// The files that belong to `base` (`secrets_path`, by default `.kamal/secrets`): `<base>-common`, then
    /// `<base>` or `<base>.<destination>` (secrets-and-hooks §1). With a destination the plain file is not
    /// read.
    pub fn new(base: &Path, destination: Option<&Destination>) -> Self {
        let beside = |ending: &str| {
            let mut path = base.as_os_str().to_owned();
            path.push(ending);
            PathBuf::from(path)
        };
        Self {
            common: beside("-common"),
            own: destination.map_or_else(|| base.to_owned(), |name| beside(&format!(".{name}"))),
            unread: destination.map(|_| base.to_owned()),
        }
    }

    pub(crate) fn in_order(&self) -> [&PathBuf; 2] {
        [&self.common, &self.own]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_has_a_file_of_its_own_beside_the_common_one() {
        let base = Path::new(".kamal/secrets");
        let plain = SecretsFiles::new(base, None);
        assert_eq!(plain.common, Path::new(".kamal/secrets-common"));
        assert_eq!((plain.own.as_path(), plain.unread), (base, None));
        let staging = SecretsFiles::new(base, Some(&"staging".parse().unwrap()));
        assert_eq!(staging.common, plain.common);
        assert_eq!(staging.own, Path::new(".kamal/secrets.staging"));
        assert_eq!(staging.unread.as_deref(), Some(base));
    }
}
