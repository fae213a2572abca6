//! Files of accessories that are ERB templates (config §9).

use std::{path::Path, sync::Arc};

use dhow_erb::{Mistake, Runtime, TemplateKind, render};

use crate::{
    problem::{Problem, Problems, Severity},
    source::{Lines, Place, SourceFile},
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
        let lines = Lines::of(text);
        let problems = mistakes.into_iter();
        Problems(
            problems
                .map(|mistake| problem(mistake, &file, &lines))
                .collect(),
        )
    })
}

fn problem(mistake: Mistake, file: &Arc<SourceFile>, lines: &Lines) -> Problem {
    Problem {
        severity: Severity::Error,
        path: String::new(),
        message: mistake.message,
        place: Some(Place::new(Arc::clone(file), lines, mistake.range)),
        related: None,
        help: mistake.help,
    }
}
