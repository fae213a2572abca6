//! `output` (config §11).

use std::path::PathBuf;

use crate::{findings::Findings, model::Output, reader::Reader};

pub(super) fn read(output: &Reader<'_>, findings: &mut Findings) -> Output {
    Output {
        otel_endpoint: required(
            output,
            "otel",
            "endpoint",
            "OTel endpoint is required",
            findings,
        ),
        file_folder: required(output, "file", "path", "file path is required", findings)
            .map(PathBuf::from),
    }
}

/// The one key of a logger, without which it is of no use.
fn required(
    output: &Reader<'_>,
    logger: &str,
    key: &str,
    message: &str,
    findings: &mut Findings,
) -> Option<String> {
    let section = output.get(logger);
    section.node()?.mapping()?;
    let value = section.get(key);
    if value.is_blank() {
        let help = format!("write `{key}:` below `{logger}`");
        findings.push(section.key_error(message).help(help));
        return None;
    }
    value.as_text()
}
