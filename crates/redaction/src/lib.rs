//! A secret that no print, log or error can show, and a filter that takes known secrets out of text.

mod redactor;
mod secret;

pub use redactor::Redactor;
pub use secret::{REDACTED, Secret};
