//! What each parser of dhow must hold for any input at all, and the inputs to begin with.
//!
//! A [`Target`] takes bytes, hands them to one parser as they would come from outside, and panics when what comes
//! back breaks a promise. `libfuzzer/` makes a fuzz target of each (`just fuzz`); the tests of this crate run each
//! over its seeds, which are the files of `testdata/` and every text that the tests of the parsers hold.

mod deploy_file;
mod hosts;
mod names;
mod proxy;
mod secrets;
mod seeds;
mod template;

pub use seeds::{dictionary, seeds};

/// A parser under test.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What the fuzz target and its corpus are called.
    pub name: &'static str,
    /// Feeds the parser; panics when a promise is broken.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    target("deploy_file", deploy_file::deploy_file),
    target("dotenv", template::dotenv),
    target("expression", template::expression),
    target("extract", secrets::extract),
    target("host_answers", hosts::host_answers),
    target("names", names::names),
    target("proxy_command", proxy::proxy_command),
    target("proxy_messages", proxy::proxy_messages),
    target("proxy_request", proxy::proxy_request),
    target("proxy_state", proxy::proxy_state),
    // Only a fuzz build has the way in.
    #[cfg(fuzzing)]
    target("script_output", hosts::script_output),
    target("secret_answers", secrets::secret_answers),
    target("secrets_file", secrets::secrets_file),
    target("selection", hosts::selection),
    target("template", template::template),
    target("yaml", deploy_file::yaml),
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// Feeds the target of this name.
pub fn run(name: &str, data: &[u8]) {
    if let Some(target) = TARGETS.iter().find(|target| target.name == name) {
        (target.run)(data);
    }
}

/// What stands between the parts of an input that has several: ASCII's record separator.
pub const SEPARATOR: char = '\u{1e}';

/// The input as text in `N` parts; what is missing is empty, the last part takes the rest. None when it is no
/// text, which every reader refuses before it parses.
fn parts<const N: usize>(data: &[u8]) -> Option<[&str; N]> {
    let text = str::from_utf8(data).ok()?;
    let mut parts = [""; N];
    for (part, text) in parts.iter_mut().zip(text.splitn(N, SEPARATOR)) {
        *part = text;
    }
    Some(parts)
}
