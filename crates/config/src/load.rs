//! From the texts of the files to a [`Config`], or to everything that is wrong with them.

use dhow_names::Destination;

use crate::{
    files::Sources,
    findings::{Finding, Findings, KeyPath},
    mentions::{self, Mentions},
    model::{Config, Pair},
    problem::{Problem, Problems},
    reader::Reader,
    schema, sections,
    source::{Layer, Span},
    template::{self, DeployFile},
    tree::{Node, Parsed, merge::merge, parse},
    written_secrets,
};

/// A deploy file that can be worked with.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// Its content.
    pub config: Config,
    /// What its writer should know, in the order of the file.
    pub warnings: Vec<Problem>,
    /// Both files merged, every key as it is written but for users and passwords, which are redacted.
    pub merged: serde_yaml::Value,
    /// Where the files speak of secrets.
    pub mentions: Mentions,
}

/// Reads both texts, lays the destination over the base and checks the whole (config §1, §2). All problems
/// are reported, not only the first.
pub fn load(sources: &Sources, destination: Option<&Destination>) -> Result<Loaded, Problems> {
    let mut findings = Findings::new(sources);
    let tree = tree(sources, &mut findings);
    let loaded = tree.and_then(|tree| {
        let config = config(&tree, destination, &mut findings)?;
        let merged = tree.to_value(&written_secrets::spans(&tree));
        Some((
            config,
            merged,
            Mentions::of(&Reader::root(&tree), &findings),
        ))
    });
    let failed = findings.has_errors();
    let problems = findings.into_problems();
    match loaded {
        Some((config, merged, mentions)) if !failed => Ok(Loaded {
            config,
            warnings: problems,
            merged,
            mentions,
        }),
        _ => Err(Problems(problems)),
    }
}

/// The aliases of both files merged. Nothing else in them is judged, so that an alias may name the destination
/// without which the files are not whole (cli §6).
pub fn aliases(sources: &Sources) -> Result<Vec<Pair>, Problems> {
    let mut findings = Findings::new(sources);
    let aliases = tree(sources, &mut findings).map(|tree| Reader::root(&tree).pairs("aliases"));
    match aliases {
        Some(aliases) if !findings.has_errors() => Ok(aliases),
        _ => Err(Problems(findings.into_problems())),
    }
}

/// Both files merged; none when one is broken, which is then among the findings.
pub(crate) fn tree(sources: &Sources, findings: &mut Findings) -> Option<Node> {
    let base = layer(&sources.base, Layer::Base, findings);
    let Some(destination) = &sources.destination else {
        return base;
    };
    let over = layer(destination, Layer::Destination, findings);
    Some(merge(&base?, &over?))
}

/// The tree checked and read.
pub(crate) fn config(
    tree: &Node,
    destination: Option<&Destination>,
    findings: &mut Findings,
) -> Option<Config> {
    schema::check(&schema::ROOT, tree, &KeyPath::root(), findings);
    let as_meant = (!findings.meant().is_empty()).then(|| tree.with_keys(findings.meant()));
    let tree = as_meant.as_ref().unwrap_or(tree);
    findings.mask(&written_secrets::spans(tree));
    mentions::warn_of_written(&Reader::root(tree), findings);
    sections::read(tree, destination, findings)
}

/// The tree of one file; none when it is broken, which is then among the findings.
fn layer(file: &DeployFile, layer: Layer, findings: &mut Findings) -> Option<Node> {
    let rendered = match &file.rendered {
        Ok(rendered) => rendered,
        Err(mistakes) => {
            // Before its tags are rendered a file need be no YAML, so that nothing else can be told of it.
            findings.mask_in_source(&secrets_by_look(&file.source.text, layer));
            for mistake in mistakes {
                findings.push_in_source(template::finding(mistake, layer));
            }
            return None;
        }
    };
    let text = &rendered.text;
    let parsed = parse(text, layer);
    findings.mask(&secrets_of(text, &parsed, layer));
    let is_value =
        |at: usize| parsed.complete && parsed.scalars.iter().any(|scalar| scalar.contains(&at));
    for skipped in &rendered.skipped {
        // What looked like a comment may be a line of a block of text.
        findings.push_in_source(if is_value(skipped.rendered_at) {
            template::finding(&skipped.mistake, layer)
        } else {
            template::finding_in_comment(&skipped.mistake, layer)
        });
    }
    let complete = parsed.complete;
    for finding in parsed.findings {
        findings.push(finding);
    }
    if !complete {
        return None;
    }
    let place = parsed
        .root
        .as_ref()
        .map_or(Span::new(layer, 0..0), |root| root.span);
    let root = parsed.root.filter(|root| root.mapping().is_some());
    if root.is_none() {
        findings.push(no_mapping(text, place));
    }
    root
}

/// By the tree, and by the look of the lines where the tree does not hold all of the text: a key that is
/// written twice keeps only its last value.
fn secrets_of(text: &str, parsed: &Parsed, layer: Layer) -> Vec<Span> {
    let mut spans: Vec<Span> = parsed
        .root
        .as_ref()
        .map(written_secrets::spans)
        .unwrap_or_default();
    if parsed.root.is_none() || !parsed.findings.is_empty() {
        spans.extend(secrets_by_look(text, layer));
    }
    spans
}

fn secrets_by_look(text: &str, layer: Layer) -> Vec<Span> {
    let ranges = written_secrets::ranges_by_look(text).into_iter();
    ranges.map(|range| Span::new(layer, range)).collect()
}

fn no_mapping(text: &str, place: Span) -> Finding {
    let is_empty = text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    let message = if is_empty {
        "the file is empty"
    } else {
        "the top level should be a hash"
    };
    let help = match place.layer {
        Layer::Base => {
            "write keys and values, such as `service: shop`; `dhow init` writes an example"
        }
        Layer::Destination => "write what differs from the base, or `{}` for nothing",
    };
    Finding::error(&KeyPath::root(), place, message).help(help)
}
