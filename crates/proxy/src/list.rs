//! What `list` prints: kamal-proxy's coloured table, or JSON.

use crate::services::Listed;

const HEADER: [&str; 6] = ["Service", "Host", "Path", "Target", "State", "TLS"];
const HEADER_STYLE: &str = "\u{1b}[3;94m";
const NAME_STYLE: &str = "\u{1b}[1;34m";
const PLAIN_STYLE: &str = "\u{1b}[m";
const RESET: &str = "\u{1b}[0m";

/// The table, as scripts that read the original's expect it (kamal-proxy §2).
pub fn table(services: &[Listed]) -> String {
    let rows: Vec<[String; 6]> = services.iter().map(row).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells
            .chain([HEADER[column].len()])
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEADER.len()).map(width).collect();
    let mut text = line(&HEADER.map(str::to_owned), &widths, |_| HEADER_STYLE);
    for row in &rows {
        text += &line(row, &widths, |column| {
            if column == 0 { NAME_STYLE } else { PLAIN_STYLE }
        });
    }
    text
}

fn row(service: &Listed) -> [String; 6] {
    let hosts = if service.hosts.is_empty() {
        "*".to_owned()
    } else {
        service.hosts.join(",")
    };
    let targets: Vec<_> = service
        .targets
        .iter()
        .map(|target| target.address.as_str())
        .collect();
    let tls = if service.tls { "yes" } else { "no" };
    [
        service.service.to_string(),
        hosts,
        service.paths.join(","),
        targets.join(","),
        service.state.clone(),
        tls.to_owned(),
    ]
}

fn line(cells: &[String; 6], widths: &[usize], style: impl Fn(usize) -> &'static str) -> String {
    let mut text = String::new();
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let padding = " ".repeat(width - cell.chars().count() + 2);
        text.extend([style(column), cell, RESET, &padding]);
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{ServiceName, TargetAddress};
    use crate::services::ListedTarget;

    #[test]
    fn columns_are_padded_to_the_widest_cell() {
        let address = TargetAddress::parse("0123456789ab:3000").unwrap();
        let service = Listed {
            service: ServiceName::new("shop-web"),
            hosts: vec![],
            paths: vec!["/".to_owned()],
            targets: vec![ListedTarget {
                address,
                healthy: true,
            }],
            state: "running".to_owned(),
            tls: false,
        };
        let shown = table(&[service])
            .replace('\u{1b}', "ESC")
            .replace("  \n", "  |\n");
        insta::assert_snapshot!(shown, @"
        ESC[3;94mServiceESC[0m   ESC[3;94mHostESC[0m  ESC[3;94mPathESC[0m  ESC[3;94mTargetESC[0m             ESC[3;94mStateESC[0m    ESC[3;94mTLSESC[0m  |
        ESC[1;34mshop-webESC[0m  ESC[m*ESC[0m     ESC[m/ESC[0m     ESC[m0123456789ab:3000ESC[0m  ESC[mrunningESC[0m  ESC[mnoESC[0m   |
        ");
    }
}
