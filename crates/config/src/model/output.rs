//! Where the story of a run is told beside the terminal.

use std::path::PathBuf;

use serde::Serialize;

/// `output` (config §11).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The URL of a collector of OpenTelemetry.
    pub otel_endpoint: Option<String>,
    /// The folder that gets a file per run.
    pub file_folder: Option<PathBuf>,
}
