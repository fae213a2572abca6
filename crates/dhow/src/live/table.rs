//! What a deploy leaves behind, as a table.

use dhow_execute::Deployed;
use dhow_versioning::Version;

use crate::reporter::seconds;

/// A row for each role on each host, below a row that says what the columns are.
pub(super) fn table(deployed: &[Deployed]) -> Vec<String> {
    let mut rows = vec![["host", "role", "version", "time"].map(str::to_owned)];
    rows.extend(deployed.iter().map(row));
    let widths: Vec<usize> = (0..4)
        .map(|column| {
            let widths = rows.iter().map(|row| row[column].chars().count());
            widths.max().unwrap_or_default()
        })
        .collect();
    let line = |row: &[String; 4]| {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        format!("  {}", line.trim_end())
    };
    rows.iter().map(line).collect()
}

fn row(it: &Deployed) -> [String; 4] {
    let before = it.before.as_deref().map_or("nothing".to_owned(), short);
    let now = it.now.as_deref().map_or("unknown".to_owned(), short);
    [
        it.host.to_string(),
        it.role.to_string(),
        format!("{before} → {now}"),
        seconds(it.duration),
    ]
}

/// The version as one writes it in a sentence.
fn short(version: &str) -> String {
    let parsed: Option<Version> = version.parse().ok();
    parsed.map_or_else(|| version.to_owned(), |it| it.abbreviated().to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn deployed(host: &str, role: &str, before: Option<&str>, now: Option<&str>) -> Deployed {
        Deployed {
            host: host.parse().unwrap(),
            role: role.parse().unwrap(),
            before: before.map(str::to_owned),
            now: now.map(str::to_owned),
            duration: Duration::from_millis(3_210),
        }
    }

    #[test]
    fn columns_stand_below_each_other() {
        let commit = "86213f8a1bc0a3a1b6ef4b71a3f3b0d0e9f7c123";
        let rows = [
            deployed("192.0.2.1", "web", Some("1111111"), Some(commit)),
            deployed("web10.shop.example", "jobs", None, Some(commit)),
            deployed("192.0.2.3", "web", Some(commit), None),
        ];
        insta::assert_snapshot!(table(&rows).join("\n"), @r"
          host                role  version            time
          192.0.2.1           web   1111111 → 86213f8  3.2 s
          web10.shop.example  jobs  nothing → 86213f8  3.2 s
          192.0.2.3           web   86213f8 → unknown  3.2 s
        ");
    }
}
