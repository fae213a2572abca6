//! The way from rendered text back to the template.

use std::ops::Range;

/// Which bytes of the template each part of the rendered text came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// In the order of the rendered text, none empty.
    segments: Vec<Segment>,
    rendered_length: usize,
    source_length: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    /// Where it begins in the rendered text.
    start: usize,
    source: Range<usize>,
    /// Whether a tag inserted it, so that all of it comes from all of the tag.
    inserted: bool,
}

impl SourceMap {
    /// The map of a text that is its own template.
    pub fn identity(length: usize) -> Self {
        let mut map = Self::default();
        map.push(length, 0..length, false);
        map.finish(length);
        map
    }

    pub(crate) fn push(&mut self, length: usize, source: Range<usize>, inserted: bool) {
        if length > 0 {
            self.segments.push(Segment {
                start: self.rendered_length,
                source,
                inserted,
            });
            self.rendered_length += length;
        }
    }

    pub(crate) fn finish(&mut self, source_length: usize) {
        self.source_length = source_length;
    }

    /// The bytes of the template that a range of the rendered text came from. What a tag inserted leads to the
    /// whole tag; a range whose ends come from different passes of a loop leads to where it begins.
    pub fn to_source(&self, rendered: Range<usize>) -> Range<usize> {
        let first = self.byte(rendered.start);
        if rendered.end <= rendered.start {
            return if self.is_inserted(rendered.start) {
                first
            } else {
                first.start..first.start
            };
        }
        let last = self.byte(rendered.end - 1);
        if last.end >= first.end {
            first.start..last.end
        } else {
            first
        }
    }

    /// Whether a tag inserted the byte at `rendered`.
    pub fn is_inserted(&self, rendered: usize) -> bool {
        self.segment(rendered)
            .is_some_and(|segment| segment.inserted && rendered < self.rendered_length)
    }

    /// All parts of the template that a range of the rendered text came from.
    pub fn parts(&self, rendered: Range<usize>) -> Vec<Range<usize>> {
        let part = |(at, segment): (Range<usize>, &Segment)| {
            if segment.inserted {
                segment.source.clone()
            } else {
                let from = segment.source.start + (at.start - segment.start);
                from..from + at.len()
            }
        };
        self.overlapping(rendered).map(part).collect()
    }

    /// The texts that tags inserted into a range: where each stands in the rendered text, whole, and its tag.
    pub fn inserted(&self, rendered: Range<usize>) -> Vec<(Range<usize>, Range<usize>)> {
        self.overlapping(rendered)
            .filter(|(_, segment)| segment.inserted)
            .map(|(_, segment)| (segment.start..self.end_of(segment), segment.source.clone()))
            .collect()
    }

    /// The segments that share bytes with a range, and which bytes.
    fn overlapping(
        &self,
        rendered: Range<usize>,
    ) -> impl Iterator<Item = (Range<usize>, &Segment)> {
        let first = self
            .segments
            .partition_point(|segment| segment.start <= rendered.start)
            .saturating_sub(1);
        self.segments[first..]
            .iter()
            .take_while(move |segment| segment.start < rendered.end)
            .map(move |segment| {
                let start = segment.start.max(rendered.start);
                (start..self.end_of(segment).min(rendered.end), segment)
            })
            .filter(|(at, _)| at.start < at.end)
    }

    fn end_of(&self, segment: &Segment) -> usize {
        let behind = self
            .segments
            .partition_point(|other| other.start <= segment.start);
        self.segments
            .get(behind)
            .map_or(self.rendered_length, |next| next.start)
    }

    fn byte(&self, rendered: usize) -> Range<usize> {
        match self.segment(rendered) {
            Some(segment) if rendered < self.rendered_length => {
                if segment.inserted {
                    segment.source.clone()
                } else {
                    let at = segment.source.start + (rendered - segment.start);
                    at..at + 1
                }
            }
            _ => self.source_length..self.source_length,
        }
    }

    fn segment(&self, rendered: usize) -> Option<&Segment> {
        let behind = self
            .segments
            .partition_point(|segment| segment.start <= rendered);
        self.segments.get(behind.checked_sub(1)?)
    }
}
