//! What is wrong with a deploy file, with its place.

use std::{fmt, path::Path};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::{Serialize, Serializer};

use crate::source::Place;

/// Whether a problem stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing can be done with this file.
    Error,
    /// The file works, but not as its writer may think.
    Warning,
}

/// One thing that is wrong with a deploy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it stops the run.
    pub severity: Severity,
    /// The key in Kamal's grammar, `servers/web/hosts/0`; empty for the whole file (config §2.1).
    pub path: String,
    /// What is wrong, in Kamal's words where it has any.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// A second place that belongs to it, with what is there.
    pub related: Option<(Place, String)>,
    /// The way out.
    pub help: Option<String>,
}

impl Problem {
    /// A problem of a file as a whole, such as one that cannot be read.
    pub fn without_place(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            path: String::new(),
            message: message.into(),
            place: None,
            related: None,
            help: None,
        }
    }

    /// Key and message in Kamal's form, `servers/web: unknown key: foo`.
    pub fn title(&self) -> String {
        if self.path.is_empty() {
            self.message.clone()
        } else {
            format!("{}: {}", self.path, self.message)
        }
    }

    /// The problem with the lines of the file it is about, for a terminal.
    pub fn render(&self, colour: bool) -> String {
        self.render_with_note(colour, None)
    }

    /// The same with a remark below it.
    pub fn render_with_note(&self, colour: bool, note: Option<&str>) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(self.title()));
        for snippet in self.snippets() {
            group = group.element(snippet);
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        if let Some(note) = note {
            group = group.element(Level::NOTE.message(note));
        }
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }

    fn snippets(&self) -> Vec<Snippet<'_, annotate_snippets::Annotation<'_>>> {
        let Some(place) = &self.place else {
            return Vec::new();
        };
        let marked = |kind: AnnotationKind, place: &Place, begin: usize| {
            kind.span(place.range.start - begin..place.range.end - begin)
        };
        let (primary, context) = (AnnotationKind::Primary, AnnotationKind::Context);
        match &self.related {
            Some((related, label)) if related.file == place.file => {
                let (snippet, begin) = lines(place, related);
                let second = marked(context, related, begin).label(label.as_str());
                vec![
                    snippet
                        .annotation(marked(primary, place, begin))
                        .annotation(second),
                ]
            }
            related => {
                let (first, begin) = lines(place, place);
                let first = first.annotation(marked(primary, place, begin));
                let second = related.as_ref().map(|(related, label)| {
                    let (second, begin) = lines(related, related);
                    second.annotation(marked(context, related, begin).label(label.as_str()))
                });
                std::iter::once(first).chain(second).collect()
            }
        }
    }
}

/// The lines of a file from one place to the other, and where they begin: handing over the whole file would cost
/// much for each problem of a long one.
fn lines<'a>(
    one: &'a Place,
    other: &'a Place,
) -> (Snippet<'a, annotate_snippets::Annotation<'a>>, usize) {
    let text = one.file.text.as_str();
    let (first, last) = if one.range.start <= other.range.start {
        (one, other)
    } else {
        (other, one)
    };
    let begin = text[..first.range.start]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let end = text[last.range.end..]
        .find('\n')
        .map_or(text.len(), |length| last.range.end + length);
    let path = one.file.path.to_string_lossy().into_owned();
    let snippet = Snippet::source(&text[begin..end])
        .path(path)
        .line_start(first.line);
    (snippet, begin)
}

/// One object for editors and other programs: severity, key, message and help, the place as file, line, column and
/// end column (both from 1, in characters, the end behind the last one), and the second place with its label.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Object {
            severity: self.severity,
            key: Some(self.path.as_str()).filter(|path| !path.is_empty()),
            message: &self.message,
            place: PlaceObject::of(self.place.as_ref()),
            help: self.help.as_deref(),
            related: self.related.as_ref().map(|(place, label)| RelatedObject {
                label,
                place: PlaceObject::of(Some(place)),
            }),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct Object<'a> {
    severity: Severity,
    key: Option<&'a str>,
    message: &'a str,
    #[serde(flatten)]
    place: PlaceObject<'a>,
    help: Option<&'a str>,
    related: Option<RelatedObject<'a>>,
}

#[derive(Serialize)]
struct RelatedObject<'a> {
    label: &'a str,
    #[serde(flatten)]
    place: PlaceObject<'a>,
}

#[derive(Default, Serialize)]
struct PlaceObject<'a> {
    file: Option<&'a Path>,
    line: Option<usize>,
    column: Option<usize>,
    end_column: Option<usize>,
}

impl<'a> PlaceObject<'a> {
    fn of(place: Option<&'a Place>) -> Self {
        place.map_or_else(Self::default, |place| Self {
            file: Some(&place.file.path),
            line: Some(place.line),
            column: Some(place.column),
            end_column: Some(place.column + place.length),
        })
    }
}

/// One line: place, key and message.
impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            let (path, line, column) = (place.file.path.display(), place.line, place.column);
            write!(formatter, "{path}:{line}:{column}: ")?;
        }
        formatter.write_str(&self.title())
    }
}

/// Everything that is wrong with a deploy file: at least one error, and the warnings beside it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// All of them for a terminal, an empty line between two.
    pub fn render(&self, colour: bool) -> String {
        let all: Vec<String> = self.0.iter().map(|one| one.render(colour)).collect();
        all.join("\n\n")
    }
}
