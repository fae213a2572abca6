//! A secret that no print, log or error can show, a filter that takes known secrets out of text, and a guess at
//! what is a secret though nobody said so.

mod guess;
mod redactor;
mod secret;

pub use guess::looks_secret;
pub use redactor::Redactor;
pub use secret::{REDACTED, Secret};
