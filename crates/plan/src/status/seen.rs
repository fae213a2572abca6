//! Reading how containers are, and what the proxy sends where.

use dhow_docker::{
    app::FIELD,
    proxy::{Route, read_routes},
};
use jiff::Timestamp;

use crate::facts::Answer;

/// What a host told beside the facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Containers of the app, of its accessories, and the proxy's.
    pub conditions: Vec<Condition>,
    /// What the proxy sends where, other apps' routes included.
    pub routes: Vec<Route>,
}

/// How a container is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its name.
    pub name: String,
    /// Docker's word: `running`, `exited`, …
    pub state: String,
    /// The exit code of what has ended.
    pub exit_code: i32,
    /// Docker's word for its health, when its image has a check.
    pub health: Option<String>,
    /// Since when it runs, or when it ended; none for what never ran.
    pub since: Option<Timestamp>,
    /// How often Docker has started it again.
    pub restarts: u32,
    /// The image it was made from, as it was named then.
    pub image: String,
}

impl Seen {
    /// Reads the answers to [`questions`](super::questions). A line that is none of Docker's is passed over: what
    /// runs is known from the facts, and a table that lacks a cell is better than none.
    pub fn read(answers: &[Answer]) -> Self {
        let text = |at: usize| answers.get(at).map(|it| it.output.as_str());
        let lines = text(0).unwrap_or_default().lines();
        Self {
            conditions: lines.filter_map(read_condition).collect(),
            routes: read_routes(text(1).unwrap_or_default()),
        }
    }

    /// How the container of this name is.
    pub fn condition(&self, name: &str) -> Option<&Condition> {
        self.conditions.iter().find(|it| it.name == name)
    }
}

fn read_condition(line: &str) -> Option<Condition> {
    let fields: Vec<&str> = line.split(FIELD).collect();
    let [name, state, exit_code, health, since, restarts, image] = fields.as_slice() else {
        return None;
    };
    Some(Condition {
        name: name.trim_start_matches('/').to_owned(),
        state: (*state).to_owned(),
        exit_code: exit_code.parse().ok()?,
        health: (!health.is_empty() && *health != "none").then(|| (*health).to_owned()),
        // What never ran ended in the year 1.
        since: since.parse().ok().filter(|it| *it > Timestamp::UNIX_EPOCH),
        restarts: restarts.parse().ok()?,
        image: (*image).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(conditions: &str) -> Vec<Condition> {
        let answer = Answer {
            output: conditions.to_owned(),
            ..Answer::default()
        };
        Seen::read(&[answer]).conditions
    }

    #[test]
    fn a_container_is_read_whole() {
        let seen = read(
            "/shop-web-2\trunning\t0\thealthy\t2026-01-02T03:04:05.678901234Z\t3\tghcr.io/acme/shop:2\n\
             /shop-db\tcreated\t128\t\t0001-01-01T00:00:00Z\t0\tmysql:8\n",
        );
        insta::assert_debug_snapshot!(seen, @r#"
        [
            Condition {
                name: "shop-web-2",
                state: "running",
                exit_code: 0,
                health: Some(
                    "healthy",
                ),
                since: Some(
                    2026-01-02T03:04:05.678901234Z,
                ),
                restarts: 3,
                image: "ghcr.io/acme/shop:2",
            },
            Condition {
                name: "shop-db",
                state: "created",
                exit_code: 128,
                health: None,
                since: None,
                restarts: 0,
                image: "mysql:8",
            },
        ]
        "#);
    }

    #[test]
    fn what_is_no_container_is_passed_over() {
        assert_eq!(
            read("Error: No such container: x\n\n/a\tb\tc\td\te\tf\tg\n"),
            []
        );
    }
}
