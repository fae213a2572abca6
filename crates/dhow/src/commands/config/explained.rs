//! A deploy file with its origins as data.

use dhow_config::{Explained, Origin, Shown};
use serde_json::{Value as Json, json};

/// Every value on its own, with its key path, for programs.
pub(super) fn listed(explained: &Explained, shown: Shown) -> Vec<Json> {
    let mut rows = Vec::new();
    list(explained, shown, "", &mut rows);
    rows
}

fn list(explained: &Explained, shown: Shown, path: &str, rows: &mut Vec<Json>) {
    let under = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}/{key}")
        }
    };
    match explained {
        Explained::Value { origin, .. } | Explained::Secret { origin, .. } => {
            let mut row = json!({ "path": path, "value": explained.to_value(shown) });
            match origin {
                Origin::Written(place) => {
                    row["file"] = json!(place.file.path);
                    row["line"] = json!(place.line);
                    row["column"] = json!(place.column);
                }
                Origin::Default => row["default"] = json!(true),
            }
            rows.push(row);
        }
        Explained::List(items) => {
            for (position, item) in items.iter().enumerate() {
                list(item, shown, &under(&position.to_string()), rows);
            }
        }
        Explained::Mapping(entries) => {
            for (name, value) in entries {
                list(value, shown, &under(name), rows);
            }
        }
    }
}
