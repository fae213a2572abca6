//! Versions that a person may mean: the last commits, and the tags.

use std::path::Path;

use git2::{Repository, Sort};

use crate::Version;

/// A version, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentVersion {
    /// Its name.
    pub name: String,
    /// The first line of the commit's message, or `tag`.
    pub about: String,
}

/// The newest commits from HEAD backwards, at most `count`, then the tags that can be a version. A folder without a
/// repository has none.
pub fn recent_versions(folder: &Path, count: usize) -> Vec<RecentVersion> {
    let Ok(repository) = Repository::discover(folder) else {
        return Vec::new();
    };
    let mut versions = commits(&repository, count).unwrap_or_default();
    versions.extend(tags(&repository));
    versions
}

fn commits(repository: &Repository, count: usize) -> Result<Vec<RecentVersion>, git2::Error> {
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::NONE)?;
    walk.push_head()?;
    let mut commits = Vec::new();
    for id in walk.take(count) {
        let id = id?;
        let commit = repository.find_commit(id)?;
        let message = commit.message_bytes();
        let first = message.split(|byte| *byte == b'\n').next();
        commits.push(RecentVersion {
            name: id.to_string(),
            about: String::from_utf8_lossy(first.unwrap_or_default()).into_owned(),
        });
    }
    Ok(commits)
}

fn tags(repository: &Repository) -> Vec<RecentVersion> {
    let mut names = Vec::new();
    let _ = repository.tag_foreach(|_, name| {
        let name = name.strip_prefix(b"refs/tags/").unwrap_or(name);
        let name = std::str::from_utf8(name).ok();
        let name = name.filter(|it| it.parse::<Version>().is_ok());
        names.extend(name.map(str::to_owned));
        true
    });
    names.sort_unstable();
    let tag = |name| RecentVersion {
        name,
        about: "tag".to_owned(),
    };
    names.into_iter().map(tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn told(folder: &Path, count: usize) -> Vec<(String, String)> {
        let versions = recent_versions(folder, count).into_iter();
        versions.map(|it| (it.name, it.about)).collect()
    }

    #[test]
    fn the_newest_commits_come_first_and_tags_behind_them() {
        let shop = Fixture::committed();
        let commit = |text: &str| {
            shop.write("app.txt", text);
            (shop.commit(text), text.to_owned())
        };
        let (second, third) = (commit("Second"), commit("Third"));
        for name in ["v2.0", "v1.0", "of/no/version"] {
            shop.git(&["tag", name]);
        }
        let tag = |name: &str| (name.to_owned(), "tag".to_owned());
        assert_eq!(
            told(&shop.root(), 2),
            [third, second, tag("v1.0"), tag("v2.0")]
        );
    }

    #[test]
    fn where_nothing_was_committed_there_are_none() {
        assert_eq!(told(&Fixture::empty().root(), 9), []);
        assert_eq!(told(&Fixture::plain().beside("."), 9), []);
    }
}
