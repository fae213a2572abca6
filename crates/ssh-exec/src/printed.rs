//! What a program on this machine prints: its two streams, read as they come and shown by lines.

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::Child,
    sync::mpsc,
};

use crate::{Input, Stream, kept::Kept};

/// The streams of a started program, both in one.
pub(crate) struct Streams {
    chunks: mpsc::Receiver<(Stream, Vec<u8>)>,
    closed: bool,
}

impl Streams {
    /// Takes the streams of a program and hands it its input. A program that does not read all of it has its
    /// reasons.
    pub(crate) fn of(child: &mut Child, input: Option<Input>) -> Self {
        let (sender, chunks) = mpsc::channel(16);
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(pump(stdout, Stream::Stdout, sender.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(pump(stderr, Stream::Stderr, sender));
        }
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            tokio::spawn(async move { stdin.write_all(input.expose()).await });
        }
        Self {
            chunks,
            closed: false,
        }
    }

    /// The next chunk; none when both streams have ended.
    pub(crate) async fn next(&mut self) -> Option<(Stream, Vec<u8>)> {
        let chunk = self.chunks.recv().await;
        self.closed = chunk.is_none();
        chunk
    }

    pub(crate) fn are_closed(&self) -> bool {
        self.closed
    }
}

async fn pump(
    mut source: impl AsyncRead + Unpin,
    stream: Stream,
    sender: mpsc::Sender<(Stream, Vec<u8>)>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = source.read(&mut buffer).await {
        if sender
            .send((stream, buffer[..length].to_vec()))
            .await
            .is_err()
        {
            return;
        }
    }
}

/// One stream's output: what is kept of it, and the line that has not ended yet.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    kept: Kept,
    line: Vec<u8>,
}

impl Printed {
    /// Takes a chunk and shows the lines that it completes. A carriage return ends a line as well, so that a
    /// progress bar shows every state it is drawn in.
    pub(crate) fn add(&mut self, chunk: &[u8], mut show: impl FnMut(String)) {
        self.kept.add(chunk);
        for byte in chunk {
            match byte {
                b'\n' => self.show_line(&mut show),
                b'\r' if self.line.is_empty() => {}
                b'\r' => self.line.push(b'\r'),
                _ => {
                    // Text after a carriage return overwrites the line, unless a line break came first.
                    if self.line.last() == Some(&b'\r') {
                        self.show_line(&mut show);
                    }
                    self.line.push(*byte);
                }
            }
        }
    }

    /// Shows a last line that has no end.
    pub(crate) fn end(&mut self, mut show: impl FnMut(String)) {
        if !self.line.is_empty() {
            self.show_line(&mut show);
        }
    }

    fn show_line(&mut self, show: &mut impl FnMut(String)) {
        let line = std::mem::take(&mut self.line);
        let text = line.trim_ascii_end();
        let text = if line.ends_with(b"\r") { text } else { &line };
        show(String::from_utf8_lossy(text).into_owned());
    }

    /// All that was kept.
    pub(crate) fn into_text(self) -> String {
        self.kept.into_text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(chunks: &[&str]) -> Vec<String> {
        let mut printed = Printed::default();
        let mut lines = Vec::new();
        for chunk in chunks {
            printed.add(chunk.as_bytes(), |line| lines.push(line));
        }
        printed.end(|line| lines.push(line));
        lines
    }

    #[test]
    fn a_progress_bar_shows_each_state_and_a_last_line_needs_no_end() {
        assert_eq!(
            lines(&["10%\r20", "%\r100%\r", "\ndone"]),
            ["10%", "20%", "100%", "done"]
        );
        assert_eq!(lines(&["a\r\nb\r\n\nc"]), ["a", "b", "", "c"]);
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(text in "[ab\\r\\né]{0,30}", cut in 0usize..30) {
            let cut = (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let (one, other) = text.split_at(cut);
            prop_assert_eq!(lines(&[one, other]), lines(&[&text]));
        }
    }
}
