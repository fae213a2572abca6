//! Flags that several containers share (host-commands §1.3, config §12).

use dhow_config::{Logging, OptionValue, Options, Pair};
use dhow_shell::{CommandLine, Word};

/// Adds `FLAG KEY="value"` each. An empty value stays empty, where Kamal would let Docker copy the host's own.
pub(crate) fn pairs(line: CommandLine, flag: &str, pairs: &[Pair]) -> CommandLine {
    pairs.iter().fold(line, |line, pair| {
        line.pair(flag, &pair.name, pair.value.as_str())
    })
}

/// Adds free-form options: `--name "value"`, the flag alone for `true`, repeated for a list.
pub(crate) fn options(line: CommandLine, options: &Options) -> CommandLine {
    options.iter().fold(line, |line, (name, value)| {
        let flag = format!("--{name}");
        let with = |line: CommandLine, text: &String| {
            line.arg(flag.as_str()).arg(Word::Expanding(text.clone()))
        };
        match value {
            OptionValue::Flag => line.arg(flag.as_str()),
            OptionValue::Text(text) => with(line, text),
            OptionValue::Each(texts) => texts.iter().fold(line, with),
        }
    })
}

/// Adds log flags: `max-size=10m` when the file names neither driver nor options.
pub(crate) fn logging(mut line: CommandLine, logging: &Logging) -> CommandLine {
    if logging.driver.is_none() && logging.options.is_empty() {
        return line.pair("--log-opt", "max-size", "10m");
    }
    if let Some(driver) = &logging.driver {
        line = line
            .arg("--log-driver")
            .arg(Word::Expanding(driver.clone()));
    }
    pairs(line, "--log-opt", &logging.options)
}

/// Adds `--volume` each, unquoted as the file has them, so that `$PWD` means the host's.
pub(crate) fn volumes(line: CommandLine, volumes: &[String]) -> CommandLine {
    volumes.iter().fold(line, |line, volume| {
        line.arg("--volume").arg_raw(volume.as_str())
    })
}
