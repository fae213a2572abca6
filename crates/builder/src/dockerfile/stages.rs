//! The stages of a Dockerfile, and what they are made from.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dockerfile, Instruction, expand::expand};

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name, in lower case as BuildKit compares it.
    pub name: Option<String>,
    /// What it begins with.
    pub base: Base,
    /// `--platform`, variables filled in where that can be done.
    pub platform: Option<String>,
    /// The line of its `FROM`.
    pub line: usize,
    /// The stages and images it takes files from: `COPY --from`, `--mount=from=`.
    taken: Vec<(Base, usize)>,
}

/// What a stage begins with, or takes files from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nothing.
    Scratch,
    /// Another stage, by its position.
    Stage(usize),
    /// An image.
    Image(String),
    /// What cannot be known before the build: the text, and the variable that has no value here.
    Unknown {
        /// As it is written.
        text: String,
        /// The variable.
        variable: String,
    },
}

/// An image that a build begins with or takes files from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseImage {
    /// The image, or what cannot be resolved.
    pub base: Base,
    /// The line of the Dockerfile that names it.
    pub line: usize,
    /// The platform it is taken for, where the file says so.
    pub platform: Option<String>,
}

/// What BuildKit sets by itself for each platform: it has a value, though not one that is known here.
const AUTOMATIC: [&str; 8] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
];

impl Dockerfile {
    /// The stages in order. `given` are the build arguments of the deploy file.
    pub fn stages(&self, given: &BTreeMap<String, String>) -> Vec<Stage> {
        let mut globals: BTreeMap<String, String> = BTreeMap::new();
        let mut stages: Vec<Stage> = Vec::new();
        for instruction in &self.instructions {
            let keyword = instruction.keyword.as_str();
            match keyword {
                "ARG" if stages.is_empty() => {
                    for word in words(&instruction.text) {
                        declare(&word, given, &mut globals);
                    }
                }
                "FROM" => {
                    let stage = read_stage(instruction, &globals, &stages);
                    stages.push(stage);
                }
                "COPY" | "ADD" | "RUN" => {
                    let taken = taken_from(instruction, &stages);
                    if let Some(stage) = stages.last_mut() {
                        stage.taken.extend(taken);
                    }
                }
                _ => {}
            }
        }
        stages
    }

    /// The images that a build of `target`, or of the last stage, needs, each once, in the order of their lines.
    /// Stages that are not needed are not built. None when there is no such stage.
    pub fn base_images(
        &self,
        given: &BTreeMap<String, String>,
        target: Option<&str>,
    ) -> Option<Vec<BaseImage>> {
        let stages = self.stages(given);
        let last = match target {
            None => stages.len().checked_sub(1)?,
            Some(target) => position(target, &stages)?,
        };
        let mut needed = BTreeSet::new();
        let mut to_see = vec![last];
        while let Some(at) = to_see.pop() {
            if needed.insert(at) {
                let stage = &stages[at];
                let taken = stage.taken.iter().map(|(base, _)| base);
                to_see.extend(std::iter::once(&stage.base).chain(taken).filter_map(
                    |base| match base {
                        Base::Stage(at) => Some(*at),
                        _ => None,
                    },
                ));
            }
        }
        let mut images: Vec<BaseImage> = Vec::new();
        for stage in needed.into_iter().map(|at| &stages[at]) {
            let begins = (&stage.base, stage.line, &stage.platform);
            let taken = stage.taken.iter().map(|(base, line)| (base, *line, &None));
            for (base, line, platform) in std::iter::once(begins).chain(taken) {
                let image = BaseImage {
                    base: base.clone(),
                    line,
                    platform: platform.clone(),
                };
                let is_image = matches!(base, Base::Image(_) | Base::Unknown { .. });
                let is_known =
                    |it: &BaseImage| it.base == image.base && it.platform == image.platform;
                if is_image && !images.iter().any(is_known) {
                    images.push(image);
                }
            }
        }
        images.sort_by_key(|image| image.line);
        Some(images)
    }
}

fn read_stage(
    instruction: &Instruction,
    globals: &BTreeMap<String, String>,
    stages: &[Stage],
) -> Stage {
    let value_of = |name: &str| globals.get(name).cloned();
    let mut words = words(&instruction.text).into_iter().peekable();
    let mut platform = None;
    while let Some(flag) = words.next_if(|word| word.starts_with("--")) {
        if let Some(text) = flag.strip_prefix("--platform=") {
            platform = Some(expand(text, &value_of).unwrap_or_else(|_| text.to_owned()));
        }
    }
    let text = words.next().unwrap_or_default();
    let is_as = words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("as"));
    let name = words.next().filter(|_| is_as);
    Stage {
        name: name.map(|name| name.to_ascii_lowercase()),
        base: base(&text, &value_of, stages),
        platform,
        line: *instruction.lines.start(),
        taken: Vec::new(),
    }
}

fn base(text: &str, value_of: &dyn Fn(&str) -> Option<String>, stages: &[Stage]) -> Base {
    let image = match expand(text, value_of) {
        Ok(image) => image,
        Err(variable) => {
            return Base::Unknown {
                text: text.to_owned(),
                variable,
            };
        }
    };
    if image == "scratch" {
        return Base::Scratch;
    }
    let named = |stage: &Stage| stage.name.as_deref() == Some(&image.to_ascii_lowercase());
    match stages.iter().rposition(named) {
        Some(at) => Base::Stage(at),
        None => Base::Image(image),
    }
}

/// Where an instruction takes files from. A number is a stage here.
fn taken_from(instruction: &Instruction, stages: &[Stage]) -> Vec<(Base, usize)> {
    let line = *instruction.lines.start();
    let own = stages.len().saturating_sub(1);
    let place = |text: &str| {
        let found = match position(text, &stages[..own]) {
            Some(at) => Base::Stage(at),
            // Variables are not filled in here by BuildKit either, but for newer versions.
            None => base(text, &|_| None, &[]),
        };
        (found, line)
    };
    words(&instruction.text)
        .iter()
        .take_while(|word| word.starts_with("--"))
        .filter_map(|flag| {
            let from = flag.strip_prefix("--from=");
            let mounted = || {
                let fields = flag.strip_prefix("--mount=")?;
                fields
                    .split(',')
                    .find_map(|field| field.strip_prefix("from="))
            };
            from.or_else(mounted).map(place)
        })
        .filter(|(base, _)| *base != Base::Scratch)
        .collect()
}

/// The stage of this name or number.
fn position(text: &str, stages: &[Stage]) -> Option<usize> {
    let name = text.to_ascii_lowercase();
    let named = |stage: &Stage| stage.name.as_ref() == Some(&name);
    let by_name = stages.iter().rposition(named);
    by_name.or_else(|| text.parse().ok().filter(|&at: &usize| at < stages.len()))
}

/// `NAME`, or `NAME=default`. What the deploy file gives comes before the default.
fn declare(word: &str, given: &BTreeMap<String, String>, globals: &mut BTreeMap<String, String>) {
    let (name, default) = match word.split_once('=') {
        Some((name, default)) => (name, Some(default)),
        None => (word, None),
    };
    let default = default.map(|default| {
        let value_of = |name: &str| globals.get(name).cloned();
        expand(default, &value_of)
    });
    let value = match (given.get(name), default) {
        (Some(given), _) => Some(given.clone()),
        (None, Some(Ok(default))) => Some(default),
        (None, Some(Err(_)) | None) => None,
    };
    if let Some(value) = value
        && !AUTOMATIC.contains(&name)
    {
        globals.insert(name.to_owned(), value);
    }
}

/// The words of an instruction; quotes keep blanks together and go away.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in text.chars() {
        match (character, quote) {
            (it, Some(open)) if it == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (it, None) if it.is_whitespace() => words.extend(word.take()),
            (it, _) => word.get_or_insert_default().push(it),
        }
    }
    words.extend(word);
    words
}
