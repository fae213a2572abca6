//! ERB templates of deploy files: a small part of Ruby, parsed and evaluated, that remembers where each piece
//! came from.
//!
//! [`render`] asks a [`Runtime`] for everything outside of the template: variables, commands, files. What it
//! makes, a [`Rendered`], leads from each of its bytes back to the template. What goes beyond the part of Ruby
//! that is known is a [`Mistake`] at its place, with what to write instead (config §1.2).

mod assignment;
mod ast;
mod calls;
mod class;
mod dotenv;
mod evaluate;
mod expression;
mod float;
mod json;
mod lexer;
mod literal;
mod map;
mod methods;
mod mistake;
mod names;
mod objects;
mod order;
mod outside;
mod parser;
mod pattern;
mod range;
mod render;
mod runtime;
mod system;
mod template;
mod token;
mod value;
mod variables;

pub use class::Class;
pub use float::float_text;
pub use map::SourceMap;
pub use mistake::{Mistake, MistakeKind};
pub use pattern::Pattern;
pub use range::Interval;
pub use render::{Rendered, Skipped, TemplateKind, render};
pub use runtime::{CommandError, CommandOutput, FileKind, Runtime, StagedRuntime};
pub use system::SystemRuntime;
pub use value::{Counted, List, Map, Value, YamlReader};
