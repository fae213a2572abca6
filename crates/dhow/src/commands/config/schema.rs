//! `config schema`: the keys and types of deploy files as JSON Schema, for editors.

use dhow_config::{DescribedFile, json_schema};

use crate::invocation::Invocation;

/// Prints it; with `partial`, that of a destination's file.
pub(super) fn run(invocation: &Invocation, partial: bool) {
    let file = if partial {
        DescribedFile::Destination
    } else {
        DescribedFile::Base
    };
    let schema = json_schema(file);
    invocation.terminal.data(format_args!("{schema:#}\n"));
}
