//! What a load saw, and what a test may say of it.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::http::Response;

/// One request of a load.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The host that was asked.
    pub host: String,
    /// When, counted from the load's start.
    pub at: Duration,
    /// From asking to the end of the answer.
    pub took: Duration,
    /// Whether a kept connection turned out closed, so that it was asked again on a new one.
    pub retried: bool,
    /// The answer, or why there was none.
    pub outcome: Result<Response, String>,
}

impl Sample {
    /// The body of a good answer.
    pub fn body(&self) -> Option<&str> {
        self.outcome
            .as_ref()
            .ok()
            .filter(|response| response.status == 200)
            .map(|response| response.body.as_str())
    }
}

/// All that a load saw.
#[derive(Debug, Clone)]
#[must_use = "a load that nobody looks at proves nothing"]
pub struct Report {
    samples: Vec<Sample>,
    lasted: Duration,
}

impl Report {
    pub(crate) fn new(mut samples: Vec<Sample>, lasted: Duration) -> Self {
        samples.sort_by_key(|sample| sample.at);
        Self { samples, lasted }
    }

    /// Every request, in the order of asking.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The requests that brought no answer, or another status than 200.
    pub fn failures(&self) -> Vec<&Sample> {
        self.samples
            .iter()
            .filter(|sample| sample.body().is_none())
            .collect()
    }

    /// The bodies that a host answered, each as often as it changed, in the order of asking.
    pub fn answers_of(&self, host: &str) -> Vec<&str> {
        let mut bodies: Vec<&str> = self
            .samples
            .iter()
            .filter(|sample| sample.host == host)
            .filter_map(Sample::body)
            .collect();
        bodies.dedup();
        bodies
    }

    /// How long the slowest request took.
    pub fn slowest(&self) -> Duration {
        self.samples
            .iter()
            .map(|sample| sample.took)
            .max()
            .unwrap_or_default()
    }

    /// Asserts that not one request failed, and that there were at least so many a second on each host.
    #[track_caller]
    pub fn never_failed(&self, at_least_per_second: u32) -> &Self {
        assert!(
            !self.samples.is_empty() && self.failures().is_empty(),
            "requests failed\n{self}"
        );
        for (host, count) in self.counts() {
            let rate = f64::from(count) / self.lasted.as_secs_f64();
            assert!(
                rate >= f64::from(at_least_per_second),
                "{host} was asked only {rate:.0} times a second\n{self}"
            );
        }
        self
    }

    /// Asserts what each asked host answered, one body after the other: `["v1", "v2"]` is one change. Requests
    /// that are under way at a change may get either; once somebody has a new answer, whoever asks gets it too.
    #[track_caller]
    pub fn answered(&self, bodies: &[&str]) -> &Self {
        for host in self.counts().keys() {
            assert!(
                self.changed_once_to_each(host, bodies),
                "{host} should have answered {bodies:?}\n{self}"
            );
        }
        self
    }

    fn changed_once_to_each(&self, host: &str, bodies: &[&str]) -> bool {
        let answers = || {
            let of_host = self.samples.iter().filter(|sample| sample.host == host);
            of_host.filter_map(|sample| Some((sample, sample.body()?)))
        };
        let first_seen = |wanted: &str| {
            let seen = answers().filter(|(_, body)| *body == wanted);
            seen.map(|(sample, _)| sample.at + sample.took).min()
        };
        let all_known = answers().all(|(_, body)| bodies.contains(&body));
        all_known
            && bodies.iter().all(|body| first_seen(body).is_some())
            && bodies.windows(2).all(|pair| {
                let [before, after] = pair else { return true };
                let changed = first_seen(after);
                answers().all(|(sample, body)| body != *before || Some(sample.at) <= changed)
            })
    }

    fn counts(&self) -> BTreeMap<&str, u32> {
        let mut counts = BTreeMap::new();
        self.samples
            .iter()
            .for_each(|sample| *counts.entry(sample.host.as_str()).or_default() += 1);
        counts
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failures = self.failures();
        writeln!(
            formatter,
            "{} requests in {:.1} s, {} failed, {} asked again, slowest {} ms",
            self.samples.len(),
            self.lasted.as_secs_f64(),
            failures.len(),
            self.samples.iter().filter(|sample| sample.retried).count(),
            self.slowest().as_millis()
        )?;
        for (host, count) in self.counts() {
            writeln!(
                formatter,
                "{host}: {count} requests, answered {}",
                self.answers_of(host).join(", then ")
            )?;
        }
        for sample in failures.iter().take(10) {
            let told = match &sample.outcome {
                Ok(response) => format!("{} {}", response.status, response.body),
                Err(error) => error.clone(),
            };
            writeln!(
                formatter,
                "{}: {:.3} s: {told}",
                sample.host,
                sample.at.as_secs_f64()
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asked at the first time, answered at the second, in milliseconds.
    fn report(samples: &[(u64, u64, &str)]) -> Report {
        let sample = |(asked, answered, body): &(u64, u64, &str)| Sample {
            host: "web1".to_string(),
            at: Duration::from_millis(*asked),
            took: Duration::from_millis(answered - asked),
            retried: false,
            outcome: Ok(Response {
                status: 200,
                body: (*body).to_string(),
                headers: Vec::new(),
            }),
        };
        Report::new(samples.iter().map(sample).collect(), Duration::from_secs(1))
    }

    fn holds(samples: &[(u64, u64, &str)], bodies: &[&str]) -> bool {
        report(samples).changed_once_to_each("web1", bodies)
    }

    #[test]
    fn requests_that_are_under_way_at_a_change_may_get_either() {
        let overlapping = [(0, 5, "v1"), (10, 40, "v2"), (20, 60, "v1"), (50, 70, "v2")];
        assert!(holds(&overlapping, &["v1", "v2"]));
    }

    #[test]
    fn an_old_answer_after_a_new_one_is_a_change_back() {
        let back = [(0, 5, "v1"), (10, 40, "v2"), (50, 60, "v1"), (70, 80, "v2")];
        assert!(!holds(&back, &["v1", "v2"]));
    }

    #[test]
    fn every_body_must_be_seen_and_no_other() {
        let samples = [(0, 5, "v1"), (10, 15, "v2")];
        assert!(holds(&samples, &["v1", "v2"]));
        assert!(!holds(&samples, &["v1"]));
        assert!(!holds(&samples, &["v2", "v1"]));
        assert!(!holds(&samples, &["v1", "v2", "v3"]));
    }
}
