//! The tags somebody may have meant.

/// How many are named.
const SHOWN: usize = 5;

/// The tags that are most like `wanted`, the nearest first: those that go on where it ends, since versions are typed
/// with their end forgotten, then those that are spelled alike.
pub fn nearest<'a>(wanted: &str, tags: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut rated: Vec<(bool, f64, &str)> = tags
        .into_iter()
        .map(|tag| {
            let is_another = !tag.starts_with(wanted);
            (is_another, strsim::jaro_winkler(wanted, tag), tag)
        })
        .collect();
    rated.sort_by(|(off, likeness, tag), (other_off, other_likeness, other)| {
        off.cmp(other_off)
            .then_with(|| other_likeness.total_cmp(likeness))
            .then_with(|| other.cmp(tag))
    });
    rated
        .into_iter()
        .take(SHOWN)
        .map(|(_, _, tag)| tag)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_not_too_many() {
        let tags = [
            "1.2.4",
            "2.0.0",
            "1.2.3_build1",
            "0f4a",
            "1.2.2",
            "main",
            "9",
        ];
        assert_eq!(nearest("1.2.3", tags)[..2], ["1.2.3_build1", "1.2.4"]);
        assert_eq!(nearest("1.2.3", tags).len(), SHOWN);
        assert!(nearest("1.2.3", []).is_empty());
    }
}
