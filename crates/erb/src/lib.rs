//! ERB templates of deploy files: a small part of Ruby, parsed and evaluated, that remembers where each piece
//! came from.
//!
//! [`render`] asks a [`Runtime`] for everything outside of the template: variables, commands, files. What it
//! makes, a [`Rendered`], leads from each of its bytes back to the template. What goes beyond the part of Ruby
//! that is known is a [`Mistake`] at its place, with what to write instead (config §1.2).

mod ast;
mod calls;
mod dotenv;
mod evaluate;
mod expression;
mod json;
mod lexer;
mod literal;
mod map;
mod methods;
mod mistake;
mod names;
mod objects;
mod parser;
mod render;
mod runtime;
mod system;
mod template;
mod token;
mod value;

pub use map::SourceMap;
pub use mistake::{Mistake, MistakeKind};
pub use render::{Rendered, Skipped, TemplateKind, render};
pub use runtime::{CommandError, CommandOutput, Runtime, StagedRuntime};
pub use system::SystemRuntime;
pub use value::{Counted, List, Map, Value, YamlReader, float_text};
