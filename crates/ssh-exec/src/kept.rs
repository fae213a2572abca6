//! What is kept of a stream: its beginning, so that no output can fill this machine's memory.

use crate::KEPT_OUTPUT;

/// The first [`KEPT_OUTPUT`] bytes of a stream, and whether more came.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    bytes: Vec<u8>,
    was_cut: bool,
}

impl Kept {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let room = KEPT_OUTPUT - self.bytes.len();
        self.was_cut |= bytes.len() > room;
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// All that was kept, and a last line that says so when it is not all that came.
    pub(crate) fn into_text(self) -> String {
        let mut text = String::from_utf8_lossy(&self.bytes).into_owned();
        if self.was_cut {
            text.push_str("\n[the rest of the output was not kept]\n");
        }
        text
    }
}
