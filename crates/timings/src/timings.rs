//! What took time, as a value.

use std::time::Duration;

/// A run that is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// How long it took.
    pub total: Duration,
    /// Phases in the order they began; those of one run never overlap.
    pub phases: Vec<Bar>,
    /// The steps of the build, when there was one, then those of each host, by name.
    pub lanes: Vec<Lane>,
}

/// What happened in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The host, or `build`.
    pub name: String,
    /// Steps in the order they began; several may have gone on at the same time.
    pub bars: Vec<Bar>,
}

/// Something that took time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What it was.
    pub title: String,
    /// When it began, since the run did.
    pub start: Duration,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub outcome: Outcome,
}

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It failed, which was no failure of the run.
    Tolerated,
    /// It failed.
    Failed,
    /// An earlier build had done it.
    Cached,
    /// Somebody waited.
    Waited,
    /// It was not over when the run was.
    CutOff,
}

/// What stands above a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// Such as `dhow deploy: shop 2222222`.
    pub headline: String,
    /// When the run began, as a person reads it.
    pub began: String,
    /// How it ended: nothing when all went well, else what failed.
    pub failure: Option<String>,
}

impl Bar {
    /// When it was over.
    pub fn end(&self) -> Duration {
        self.start + self.took
    }
}

impl Lane {
    /// The bars in as few rows as let none of them overlap, each in the first row that is free.
    pub(crate) fn rows(&self) -> Vec<Vec<&Bar>> {
        let mut rows: Vec<Vec<&Bar>> = Vec::new();
        for bar in &self.bars {
            let is_free = |row: &&mut Vec<&Bar>| row.last().is_none_or(|it| it.end() <= bar.start);
            match rows.iter_mut().find(is_free) {
                Some(row) => row.push(bar),
                None => rows.push(vec![bar]),
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_on_at_the_same_time_stands_in_rows_of_its_own() {
        let bar = |title: &str, start, took| Bar {
            title: title.to_owned(),
            start: Duration::from_secs(start),
            took: Duration::from_secs(took),
            outcome: Outcome::Done,
        };
        let lane = Lane {
            name: "build".to_owned(),
            bars: vec![
                bar("a", 0, 5),
                bar("b", 1, 1),
                bar("c", 2, 9),
                bar("d", 5, 1),
            ],
        };
        let rows: Vec<String> = lane
            .rows()
            .iter()
            .map(|row| row.iter().map(|bar| bar.title.as_str()).collect())
            .collect();
        assert_eq!(rows, ["ad", "bc"]);
    }
}
