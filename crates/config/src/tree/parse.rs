//! From text to a tree: events of the YAML parser, aliases and merge keys resolved as psych does (config §1.3).

use std::{collections::BTreeMap, ops::Range};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::{
    Content, Key, Node, Scalar, Size,
    entries::{Entries, enter},
    limits::{self, DEEPEST, LONGEST, LONGEST_KEY},
    syntax,
    tag::{self, Effect},
};
use crate::{
    findings::{Finding, KeyPath},
    source::{Layer, Span},
};

/// What a text holds.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The first document; none when the text is empty or broken.
    pub(crate) root: Option<Node>,
    /// Whether the text could be read to the end of the document.
    pub(crate) complete: bool,
    /// What was found on the way.
    pub(crate) findings: Vec<Finding>,
    /// The bytes of every scalar and key.
    pub(crate) scalars: Vec<Range<usize>>,
}

/// Parses one file.
pub(crate) fn parse(text: &str, layer: Layer) -> Parsed {
    if text.len() > LONGEST {
        return limits::too_long(text.len(), layer);
    }
    let mut builder = Builder::new(text, layer);
    let mut parser = Parser::new_from_str(text);
    let outcome = builder.printable().and_then(|()| {
        loop {
            match parser.next_event() {
                None | Some(Ok((Event::StreamEnd | Event::DocumentEnd, _))) => break Ok(()),
                Some(Ok((event, span))) => {
                    let range = span.start.index()..span.end.index();
                    if let Err(stop) = builder.take(event, range) {
                        break Err(stop);
                    }
                }
                Some(Err(error)) => break Err(builder.syntax_error(&error)),
            }
        }
    });
    if outcome.is_ok()
        && let Some(Ok((Event::DocumentStart(_), span))) = parser.next_event()
    {
        builder.second_document(span.start.index());
    }
    let mut parsed = Parsed {
        complete: outcome.is_ok(),
        root: builder.root,
        findings: builder.findings,
        scalars: builder.scalars,
    };
    if let Err(finding) = outcome {
        parsed.root = None;
        parsed.findings.push(*finding);
    }
    parsed
}

type Step = Result<(), Box<Finding>>;

/// A list or mapping that is not closed yet.
enum Frame {
    List(Vec<Node>),
    Mapping { entries: Entries, key: Option<Key> },
}

struct Open {
    frame: Frame,
    start: usize,
    anchor: usize,
}

struct Builder<'text> {
    text: &'text str,
    layer: Layer,
    /// The byte at which each character begins, because the parser counts characters.
    bytes: Vec<usize>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    root: Option<Node>,
    size: Size,
    findings: Vec<Finding>,
    scalars: Vec<Range<usize>>,
}

impl<'text> Builder<'text> {
    fn new(text: &'text str, layer: Layer) -> Self {
        let bytes = text
            .char_indices()
            .map(|(byte, _)| byte)
            .chain([text.len()]);
        Self {
            text,
            layer,
            bytes: bytes.collect(),
            open: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
            size: Size::default(),
            findings: Vec::new(),
            scalars: Vec::new(),
        }
    }

    /// The first character that no YAML file may hold, as an error.
    fn printable(&self) -> Step {
        let is_forbidden = |character: char| match character {
            '\t' | '\n' | '\r' | '\u{85}' => false,
            '\u{fffe}' | '\u{ffff}' => true,
            other => other.is_control(),
        };
        let Some((at, character)) = self.text.char_indices().find(|(_, one)| is_forbidden(*one))
        else {
            return Ok(());
        };
        let message = format!(
            "not valid YAML: control characters are not allowed, here is U+{:04X}",
            u32::from(character)
        );
        Err(Box::new(
            self.stop(&(at..at + character.len_utf8()), message)
                .help("delete it, or write it as an escape such as \"\\t\" in double quotes"),
        ))
    }

    fn take(&mut self, event: Event<'_>, characters: Range<usize>) -> Step {
        let range = self.byte(characters.start)..self.byte(characters.end);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), range)
            }
            Event::SequenceStart(anchor, tag) => {
                self.effect(tag.as_deref(), &range)?;
                self.open(Frame::List(Vec::new()), anchor, &range)
            }
            Event::MappingStart(anchor, tag) => {
                self.effect(tag.as_deref(), &range)?;
                let frame = Frame::Mapping {
                    entries: Entries::default(),
                    key: None,
                };
                self.open(frame, anchor, &range)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&range),
            Event::Alias(anchor) => self.alias(anchor, &range),
            _ => Ok(()),
        }
    }

    fn byte(&self, character: usize) -> usize {
        self.bytes
            .get(character)
            .copied()
            .unwrap_or(self.text.len())
    }

    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.layer, range.clone())
    }

    fn stop(&self, range: &Range<usize>, message: impl Into<String>) -> Box<Finding> {
        Box::new(Finding::error(&KeyPath::root(), self.span(range), message))
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        range: Range<usize>,
    ) -> Step {
        let plain = match self.effect(tag, &range)? {
            Some(effect) => effect == Effect::Untagged,
            None => style == ScalarStyle::Plain,
        };
        let written = self.text.get(range.clone()).unwrap_or_default();
        let range = range.start..range.start + length_of_scalar(written, style);
        self.scalars.push(range.clone());
        let scalar = Scalar {
            text: self.without_added_line_end(text, style, &range).to_owned(),
            plain,
        };
        let node = Node {
            content: Content::Scalar(scalar),
            span: self.span(&range),
        };
        self.take_up(node.size(), &range)?;
        self.put(node, anchor, false)
    }

    /// The line end that the parser puts behind a block of text at the end of a file that has none; psych does not.
    fn without_added_line_end<'a>(
        &self,
        value: &'a str,
        style: ScalarStyle,
        range: &Range<usize>,
    ) -> &'a str {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let at_the_end = range.end >= self.text.len() && !self.text.ends_with(['\n', '\r']);
        match value.strip_suffix('\n') {
            Some(stripped) if is_block && at_the_end => stripped,
            _ => value,
        }
    }

    fn effect(
        &self,
        tag: Option<&Tag>,
        range: &Range<usize>,
    ) -> Result<Option<Effect>, Box<Finding>> {
        let Some(tag) = tag else {
            return Ok(None);
        };
        tag::effect(tag).map(Some).ok_or_else(|| {
            let message = format!("the YAML tag `{}` is not supported", tag::name(tag));
            Box::new(
                self.stop(range, message).help(
                    "write the value itself; `!!str` before it makes text of it, as quotes do",
                ),
            )
        })
    }

    fn open(&mut self, frame: Frame, anchor: usize, range: &Range<usize>) -> Step {
        if self.open.len() >= DEEPEST {
            return Err(self.too_deep(range));
        }
        let itself = Size {
            values: 1,
            bytes: 0,
        };
        self.take_up(itself, range)?;
        self.open.push(Open {
            frame,
            start: range.start,
            anchor,
        });
        Ok(())
    }

    fn close(&mut self, end: &Range<usize>) -> Step {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let content = match open.frame {
            Frame::List(items) => Content::List(items),
            Frame::Mapping { entries, .. } => Content::Mapping(entries.into_vec()),
        };
        // The parser counts comments behind it in.
        let end = match self.text.as_bytes().get(end.start) {
            Some(b']' | b'}') if self.is_flow(open.start) => end.start + 1,
            _ => last_end(&content).unwrap_or(open.start).max(open.start),
        };
        let span = Span::new(self.layer, open.start..end);
        self.put(Node { content, span }, open.anchor, false)
    }

    /// Whether what begins here stands in brackets or braces.
    fn is_flow(&self, start: usize) -> bool {
        matches!(self.text.as_bytes().get(start), Some(b'[' | b'{'))
    }

    fn alias(&mut self, anchor: usize, range: &Range<usize>) -> Step {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            let message = "an alias cannot stand inside its own anchor";
            return Err(Box::new(
                self.stop(range, message)
                    .help("write out what it should hold"),
            ));
        };
        if self.depth_with(&node) > DEEPEST {
            return Err(self.too_deep(range));
        }
        self.take_up(node.size(), range)?;
        self.put(node, 0, true)
    }

    fn depth_with(&self, node: &Node) -> usize {
        fn depth(node: &Node) -> usize {
            let below = match &node.content {
                Content::Scalar(_) => None,
                Content::List(items) => items.iter().map(depth).max(),
                Content::Mapping(entries) => entries.iter().map(|entry| depth(&entry.value)).max(),
            };
            1 + below.unwrap_or(0)
        }
        self.open.len() + depth(node)
    }

    /// Puts a finished value where it belongs: the document, a list, or as key or value of a mapping.
    fn put(&mut self, node: Node, anchor: usize, is_alias: bool) -> Step {
        let range = node.span.start..node.span.end;
        if anchor > 0 {
            self.take_up(node.size(), &range)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self
            .open
            .last_mut()
            .map(|open| (open.start, &mut open.frame))
        {
            None => self.root = Some(node),
            Some((_, Frame::List(items))) => items.push(node),
            Some((start, Frame::Mapping { entries, key })) => {
                if let Some(key) = key.take() {
                    if let Some(twice) = enter(entries, start, key, node, is_alias) {
                        self.findings.push(twice.finding(&self.path()));
                    }
                } else if let Content::Scalar(scalar) = node.content {
                    if scalar.text.len() > LONGEST_KEY {
                        let message = format!("a key of more than {LONGEST_KEY} bytes");
                        return Err(self.stop(&range, message));
                    }
                    let span = node.span;
                    *key = Some(Key::new(scalar, span));
                } else {
                    return Err(self.stop(&range, "a key must be a single word or text"));
                }
            }
        }
        Ok(())
    }

    /// Counts what is added to the tree, or kept for aliases.
    fn take_up(&mut self, size: Size, range: &Range<usize>) -> Step {
        self.size.add(size);
        let Some(message) = limits::exceeded(self.size) else {
            return Ok(());
        };
        let help = "an alias counts as all that it repeats, an anchor as what it keeps for them";
        let help = (!self.anchors.is_empty()).then(|| help.to_owned());
        Err(Box::new(self.stop(range, message).maybe_help(help)))
    }

    fn too_deep(&self, range: &Range<usize>) -> Box<Finding> {
        self.stop(range, format!("nested deeper than {DEEPEST} levels"))
    }

    /// The path of the mapping or list that is filled right now.
    fn path(&self) -> KeyPath {
        let above = self.open.len().saturating_sub(1);
        self.open[..above]
            .iter()
            .fold(KeyPath::root(), |path, open| match &open.frame {
                Frame::List(items) => path.item(items.len()),
                Frame::Mapping { key, .. } => path.key(key.as_ref().map_or("", Key::text)),
            })
    }

    fn syntax_error(&self, error: &ScanError) -> Box<Finding> {
        let at = self.byte(error.marker().index());
        // The parser looks ahead, and has a limit of its own.
        if error.info().contains("recursion limit") {
            return self.too_deep(&(at..at));
        }
        let innermost = self.open.last().map(|open| open.start);
        let open = innermost.filter(|start| self.is_flow(*start));
        let mistake = syntax::mistake(self.text, at, error.info(), open);
        let message = format!("not valid YAML: {}", error.info());
        Box::new(self.stop(&mistake.range, message).help(mistake.help))
    }

    fn second_document(&mut self, character: usize) {
        let at = self.byte(character);
        let span = self.span(&(at..(at + 3).min(self.text.len())));
        let finding = Finding::warning(
            &KeyPath::root(),
            span,
            "only the first YAML document of this file is read",
        );
        self.findings.push(
            finding.help("delete the line `---` and what follows, or move it to a file of its own"),
        );
    }
}

/// Where the last of what a list or mapping holds ends. An alias ends where its anchor does, which may be anywhere.
fn last_end(content: &Content) -> Option<usize> {
    match content {
        Content::Scalar(_) => None,
        Content::List(items) => items.iter().map(|item| item.span.end).max(),
        Content::Mapping(entries) => {
            let ends = entries
                .iter()
                .map(|entry| entry.value.span.end.max(entry.key.span.end));
            ends.max()
        }
    }
}

/// How many bytes of `written` are the scalar. The parser counts white space behind it in, and behind a quoted
/// one even a comment.
fn length_of_scalar(written: &str, style: ScalarStyle) -> usize {
    let quote = match style {
        ScalarStyle::SingleQuoted => '\'',
        ScalarStyle::DoubleQuoted => '"',
        _ => return written.trim_end().len(),
    };
    let mut rest = written.char_indices().skip(1).peekable();
    while let Some((at, character)) = rest.next() {
        let is_doubled = quote == '\'' && rest.peek().is_some_and(|(_, next)| *next == quote);
        if (quote == '"' && character == '\\') || (character == quote && is_doubled) {
            rest.next();
        } else if character == quote {
            return at + 1;
        }
    }
    written.trim_end().len()
}
