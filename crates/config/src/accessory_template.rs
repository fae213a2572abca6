//! Files of accessories that are ERB templates (config §9).

use std::{path::Path, sync::Arc};

use dhow_erb::{Mistake, Runtime, TemplateKind, render};

use crate::{
    problem::{Problem, Problems, Severity},
    source::{Place, SourceFile},
    template::read_yaml,
};

/// Renders a file of an accessory whose name ends in `erb`. `path` is how problems name it; the accessory's
/// environment must stand in `runtime`. The result may hold its secrets.
pub fn render_accessory_file(
    path: &Path,
    text: &str,
    runtime: &mut dyn Runtime,
) -> Result<String, Problems> {
    let rendered = render(text, TemplateKind::AccessoryFile, runtime, read_yaml);
    rendered.map(|rendered| rendered.text).map_err(|mistakes| {
        let file = Arc::new(SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        });
        Problems(
            mistakes
                .into_iter()
                .map(|mistake| problem(mistake, &file))
                .collect(),
        )
    })
}

fn problem(mistake: Mistake, file: &Arc<SourceFile>) -> Problem {
    Problem {
        severity: Severity::Error,
        path: String::new(),
        message: mistake.message,
        place: Some(Place::new(Arc::clone(file), mistake.range)),
        related: None,
        help: mistake.help,
    }
}
