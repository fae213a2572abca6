//! From a template to text, with the way back.

use std::collections::BTreeMap;

use crate::{
    ast::Expression,
    evaluate::Evaluator,
    lexer,
    map::SourceMap,
    mistake::{MOST_MISTAKES, Mistake},
    parser,
    runtime::Runtime,
    template::{Piece, split},
    token::{Token, TokenKind},
    value::YamlReader,
};

/// The longest template.
const LONGEST: usize = 1024 * 1024;
/// Tags in comments that are passed over before the rest is given up.
const MOST_SPARED: usize = 100;
/// Each of them lets the whole template be parsed again; so many bytes, all in all.
const MOST_PARSED: usize = 4 * LONGEST;

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateKind {
    /// A deploy file: trim mode `-`, and tags behind a `#` are in comments (config §1.2).
    DeployFile,
    /// A file of an accessory: no trim mode (config §9).
    AccessoryFile,
}

/// A template that was rendered.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text. It may hold secrets from the environment.
    pub text: String,
    /// The way from the text back to the template.
    pub map: SourceMap,
    /// Tags in comments that were left as they are written.
    pub skipped: Vec<Skipped>,
}

/// A tag that seems to stand in a comment and was left as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Why.
    pub mistake: Mistake,
    /// Where the tag stands in the rendered text. When that is no comment after all, the mistake counts.
    pub rendered_at: usize,
}

/// Without the text.
impl std::fmt::Debug for Rendered {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rendered")
            .field("map", &self.map)
            .field("skipped", &self.skipped)
            .finish_non_exhaustive()
    }
}

/// Renders a template. Everything outside of it is asked of `runtime`, in the order of the template; `yaml`
/// reads texts for `YAML.load_file`. All mistakes are told that do not follow from others, at most 50.
pub fn render(
    source: &str,
    kind: TemplateKind,
    runtime: &mut dyn Runtime,
    yaml: YamlReader,
) -> Result<Rendered, Vec<Mistake>> {
    if !source.contains("<%") {
        return Ok(Rendered {
            text: source.to_owned(),
            map: SourceMap::identity(source.len()),
            skipped: Vec::new(),
        });
    }
    if source.len() > LONGEST {
        let message = format!("a file with ERB tags may have {LONGEST} bytes at most");
        return Err(vec![Mistake::new(
            crate::MistakeKind::Limit,
            &(0..0),
            message,
        )]);
    }
    let program = parse(source, kind)?;
    let mut evaluator = Evaluator::new(source, runtime, yaml);
    if let Err(mistake) = evaluator.body(&program) {
        evaluator.mistakes.push(mistake);
    }
    if !evaluator.mistakes.is_empty() {
        return Err(evaluator.mistakes);
    }
    let mut map = evaluator.map;
    map.finish(source.len());
    Ok(Rendered {
        text: evaluator.rendered,
        map,
        skipped: evaluator.skipped,
    })
}

/// Code tags in comments that are not understood, by their place.
type Spared = BTreeMap<usize, Mistake>;

fn parse(source: &str, kind: TemplateKind) -> Result<Vec<Expression>, Vec<Mistake>> {
    let (pieces, mistakes) = split(source, kind);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let mut spared = Spared::new();
    loop {
        let tokens = tokens(source, &pieces, &mut spared)?;
        let mistakes = match parser::program(&tokens, source.len()) {
            Ok(program) => return Ok(program),
            Err(mistakes) => mistakes,
        };
        // Only a code tag can be at fault here, because output tags in comments are spared by the parser.
        let culprit = pieces.iter().find_map(|piece| match piece {
            Piece::Code(tag) if tag.in_comment => {
                let own = mistakes.iter().find(|mistake| {
                    mistake.is_spared_in_comments() && tag.whole.contains(&mistake.range.start)
                })?;
                Some((tag, own.clone()))
            }
            _ => None,
        });
        match culprit {
            Some((tag, mistake))
                if spared.len() < MOST_SPARED.min(MOST_PARSED / source.len().max(1))
                    && !spared.contains_key(&tag.whole.start) =>
            {
                spared.insert(tag.whole.start, mistake);
            }
            _ => return Err(mistakes),
        }
    }
}

/// The words of all tags in one row, texts between them.
fn tokens(source: &str, pieces: &[Piece], spared: &mut Spared) -> Result<Vec<Token>, Vec<Mistake>> {
    let mut tokens = Vec::new();
    let mut mistakes = Vec::new();
    let token = |kind, range| Token {
        kind,
        range,
        spaced: true,
    };
    for piece in pieces {
        match piece {
            Piece::Text(text) => tokens.push(token(TokenKind::Text(text.clone()), text.clone())),
            Piece::Output(tag) => {
                let words = lexer::words(source, tag.inside.clone());
                tokens.push(token(
                    TokenKind::Output(tag.clone(), words),
                    tag.whole.clone(),
                ));
            }
            Piece::Code(tag) if spared.contains_key(&tag.whole.start) => {
                let mistake = spared[&tag.whole.start].clone();
                tokens.push(token(
                    TokenKind::Output(tag.clone(), Err(mistake)),
                    tag.whole.clone(),
                ));
            }
            Piece::Code(tag) => match lexer::words(source, tag.inside.clone()) {
                Ok(words) => {
                    let end = tag.whole.end - 2..tag.whole.end;
                    tokens.push(token(
                        TokenKind::Separator,
                        tag.whole.start..tag.whole.start + 2,
                    ));
                    tokens.extend(words);
                    tokens.push(token(TokenKind::Separator, end));
                }
                Err(mistake) if tag.in_comment && mistake.is_spared_in_comments() => {
                    let kind = TokenKind::Output(tag.clone(), Err(mistake.clone()));
                    tokens.push(token(kind, tag.whole.clone()));
                    spared.insert(tag.whole.start, mistake);
                }
                Err(mistake) => mistakes.push(mistake),
            },
        }
    }
    if mistakes.is_empty() {
        return Ok(tokens);
    }
    // Without that tag nothing can be said about the order of the others, but about each output tag.
    mistakes.extend(pieces.iter().filter_map(|piece| {
        match piece {
            Piece::Output(tag) => lexer::words(source, tag.inside.clone())
                .err()
                .filter(|mistake| !(tag.in_comment && mistake.is_spared_in_comments())),
            _ => None,
        }
    }));
    mistakes.sort_by_key(|mistake| mistake.range.start);
    mistakes.truncate(MOST_MISTAKES);
    Err(mistakes)
}
