//! The well-known objects: `ENV`, `File`, `JSON`, `YAML`, `Dotenv`, `Kamal::Utils`.

use std::ops::Range;

use crate::{
    ast::Call,
    dotenv,
    evaluate::{Evaluated, Evaluator},
    json,
    methods::Arguments,
    mistake::{ELSEWHERE, Mistake, MistakeKind},
    runtime::FileKind,
    value::Value,
};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    Env,
    File,
    Json,
    Yaml,
    Dotenv,
    KamalUtils,
}

impl Object {
    pub(crate) fn named(path: &str) -> Option<Self> {
        Some(match path.trim_start_matches("::") {
            "ENV" => Self::Env,
            "File" | "IO" => Self::File,
            "JSON" => Self::Json,
            "YAML" | "Psych" => Self::Yaml,
            "Dotenv" => Self::Dotenv,
            "Kamal::Utils" => Self::KamalUtils,
            _ => return None,
        })
    }

    /// How it is used.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::Env => "write `ENV[\"NAME\"]` or `ENV.fetch(\"NAME\", \"default\")`",
            Self::File => "write `File.read(\"path\")`",
            Self::Json => "write `JSON.parse(text)`",
            Self::Yaml => "write `YAML.load_file(\"path\")`",
            Self::Dotenv => "write `Dotenv.load(\".env\")`",
            Self::KamalUtils => "write `Kamal::Utils.docker_arch`",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Env => "ENV",
            Self::File => "File",
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Dotenv => "Dotenv",
            Self::KamalUtils => "Kamal::Utils",
        }
    }

    fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Env => &[
                "[]",
                "fetch",
                "key?",
                "has_key?",
                "include?",
                "member?",
                "values_at",
                "slice",
                "to_h",
                "keys",
                "values",
                "each",
                "each_pair",
                "map",
                "flat_map",
                "filter_map",
                "select",
                "filter",
                "reject",
                "find",
                "any?",
                "all?",
                "none?",
                "count",
                "sort",
                "sort_by",
                "delete",
            ],
            Self::File => &[
                "read",
                "exist?",
                "file?",
                "directory?",
                "join",
                "basename",
                "dirname",
                "extname",
                "readlines",
                "foreach",
            ],
            Self::Json => &["parse", "load", "load_file", "generate", "dump"],
            Self::Yaml => &[
                "load_file",
                "safe_load_file",
                "unsafe_load_file",
                "load",
                "safe_load",
                "unsafe_load",
            ],
            Self::Dotenv => &["load", "load!", "overload", "parse"],
            Self::KamalUtils => &["docker_arch"],
        }
    }
}

/// A constant that is none of them.
pub(crate) fn unknown(path: &str, range: &Range<usize>) -> Mistake {
    let help = match path.split("::").next().unwrap_or_default() {
        "Time" | "Date" | "DateTime" => "let a command print it: `%x(date +%Y%m%d).chomp`",
        "Dir" => "let a command list it: `%x(ls folder).split`",
        "Socket" => "let a command print it: `%x(hostname).chomp`",
        "Etc" => "write `ENV[\"USER\"]`",
        "SecureRandom" => "let a command print it: `%x(openssl rand -hex 16).chomp`",
        "Net" | "URI" | "Open3" | "OpenURI" => {
            "let a command fetch it: `%x(curl -fsS ADDRESS).chomp`"
        }
        "Integer" => "write `value.to_i`",
        "String" => "write `value.to_s`",
        "Rails" => "Kamal does not load Rails either; read it with `ENV.fetch(\"NAME\")`",
        _ => ELSEWHERE,
    };
    let message = format!(
        "uninitialized constant {path}; dhow knows ENV, File, JSON, YAML, Dotenv and Kamal::Utils"
    );
    Mistake::not_understood(range, message).help(help)
}

impl Evaluator<'_> {
    /// Calls a method of a well-known object.
    pub(crate) fn object(
        &mut self,
        object: Object,
        call: &Call,
        range: &Range<usize>,
    ) -> Evaluated {
        let name = call.name.as_str();
        if !object.methods().contains(&name) {
            let (owner, known) = (object.name(), object.methods().join(", "));
            let message = format!("`{owner}.{name}` is not supported in ERB tags");
            let help = match (object, name) {
                (Object::Env, "store" | "update" | "merge!" | "replace") => {
                    "write `ENV[\"NAME\"] = \"value\"`".to_owned()
                }
                (Object::File, "open" | "new" | "binread") => {
                    "write `File.read(\"path\")`".to_owned()
                }
                _ => format!("known are {known}; beyond them, {ELSEWHERE}"),
            };
            return Err(Mistake::not_understood(&call.name_range, message).help(help));
        }
        let values = self.all(&call.arguments)?;
        let is_json_value = matches!((object, name), (Object::Json, "generate" | "dump"));
        let arguments = if is_json_value {
            Arguments::new(call, values)
        } else {
            Arguments::with_options(call, values)
        };
        match object {
            Object::Env => self.environment(name, &arguments, range),
            Object::File => self.file(name, &arguments),
            Object::Json => match name {
                "generate" | "dump" => json::generate(arguments.value(0)?)
                    .map(Value::text)
                    .map_err(|message| Mistake::wrong(range, message)),
                _ => {
                    let mut text = arguments.text(0)?.to_string();
                    if name == "load_file" {
                        text = self.read_text(&text, &arguments.range(0))?;
                    }
                    let symbols = arguments.option("symbolize_names");
                    json::parse(&text, symbols).map_err(|problem| {
                        Mistake::wrong(range, format!("JSON::ParserError: {problem}"))
                    })
                }
            },
            Object::Yaml => self.yaml(name, &arguments, range),
            Object::Dotenv => self.dotenv(name, &arguments),
            Object::KamalUtils => {
                let answer = self.runtime.docker_architecture();
                answer.map(Value::text).map_err(|error| {
                    Mistake::new(MistakeKind::Outside, range, said(&error))
                        .help("write the architecture itself: `amd64` or `arm64`")
                })
            }
        }
    }

    fn environment(
        &mut self,
        name: &str,
        arguments: &Arguments<'_>,
        range: &Range<usize>,
    ) -> Evaluated {
        let is_about_one = matches!(
            name,
            "[]" | "fetch" | "key?" | "has_key?" | "include?" | "member?" | "delete"
        );
        if !is_about_one {
            return self.all_of_environment(arguments, range);
        }
        let variable = arguments.text(0)?;
        let found = self.runtime.variable(&variable);
        match name {
            "key?" | "has_key?" | "include?" | "member?" => Ok(Value::Boolean(found.is_some())),
            "delete" => {
                self.runtime.set_variable(&variable, None);
                Ok(found.map_or(Value::Nil, Value::text))
            }
            "fetch" => match (found, arguments.get(1), &arguments.call.block) {
                (Some(value), ..) => Ok(Value::text(value)),
                (None, _, Some(block)) => self.block(block, vec![Value::text(variable)], range),
                (None, Some(default), None) => Ok(default.clone()),
                (None, None, None) => {
                    let shown = shown_name(&variable);
                    Err(Mistake::wrong(range, format!("key not found: \"{shown}\""))
                        .help(format!("set the environment variable {shown}, or give a default: `ENV.fetch(\"{shown}\", \"…\")`")))
                }
            },
            _ => Ok(found.map_or(Value::Nil, Value::text)),
        }
    }

    /// What a map of all variables would answer.
    fn all_of_environment(&mut self, arguments: &Arguments<'_>, range: &Range<usize>) -> Evaluated {
        let variables = self.runtime.all_variables().into_iter();
        let pair = |(name, value): (String, String)| (Value::text(name), Value::text(value));
        let Value::Map(map) = Value::map(variables.map(pair).collect()) else {
            return Ok(Value::Nil);
        };
        self.spend(range, Value::Map(map.clone()).cost())?;
        self.map_method(&map, arguments)?.ok_or_else(|| {
            let message = format!("`ENV.{}` wants a block", arguments.call.name);
            Mistake::wrong(range, message)
        })
    }

    fn file(&mut self, name: &str, arguments: &Arguments<'_>) -> Evaluated {
        let path = arguments.text(0)?;
        match name {
            "exist?" => Ok(Value::Boolean(self.runtime.file_kind(&path).is_some())),
            "file?" => Ok(Value::Boolean(
                self.runtime.file_kind(&path) == Some(FileKind::File),
            )),
            "directory?" => Ok(Value::Boolean(
                self.runtime.file_kind(&path) == Some(FileKind::Folder),
            )),
            "join" => {
                let parts: Result<Vec<_>, _> =
                    (0..arguments.len()).map(|at| arguments.text(at)).collect();
                Ok(Value::text(joined(&parts?)))
            }
            "extname" => Ok(Value::text(extension(base_name(&path)))),
            "basename" => {
                let base = base_name(&path);
                let ending = match &*arguments.text_or(1, "")? {
                    ".*" => extension(base).to_owned(),
                    ending => ending.to_owned(),
                };
                let shortened = base.strip_suffix(&*ending).filter(|rest| !rest.is_empty());
                Ok(Value::text(shortened.unwrap_or(base)))
            }
            "dirname" => Ok(Value::text(
                match path.trim_end_matches('/').rsplit_once('/') {
                    Some(("", _)) => "/",
                    Some((folder, _)) => folder,
                    None => ".",
                },
            )),
            "readlines" | "foreach" => {
                let text = self.read_text(&path, &arguments.range(0))?;
                let chomps = arguments.option("chomp");
                let line = |line: &str| {
                    Value::text(if chomps {
                        line.trim_end_matches(['\n', '\r'])
                    } else {
                        line
                    })
                };
                let lines = text.split_inclusive('\n').map(line).collect();
                let lines = self.given_to_block(lines, arguments)?;
                Ok(lines.unwrap_or(Value::Nil))
            }
            _ => self.read_text(&path, &arguments.range(0)).map(Value::text),
        }
    }

    pub(crate) fn read_text(
        &mut self,
        path: &str,
        range: &Range<usize>,
    ) -> Result<String, Mistake> {
        let shown = shown_name(path);
        let bytes = self.runtime.read_file(path).map_err(|error| {
            Mistake::wrong(range, format!("reading {shown} failed: {}", error.kind()))
                .help("relative paths start in the folder that dhow is started in")
        })?;
        // Whatever it is read for, and however little comes of it.
        self.spend(range, bytes.len())?;
        String::from_utf8(bytes)
            .map_err(|_| Mistake::wrong(range, format!("{shown} is not valid UTF-8")))
    }

    fn yaml(&mut self, name: &str, arguments: &Arguments<'_>, range: &Range<usize>) -> Evaluated {
        let text = arguments.text(0)?.to_string();
        let text = if name.ends_with("_file") {
            self.read_text(&text, &arguments.range(0))?
        } else {
            text
        };
        let value = (self.yaml)(&text).map_err(|problem| {
            Mistake::wrong(range, format!("the YAML cannot be read: {problem}"))
        })?;
        Ok(if arguments.option("symbolize_names") {
            with_symbols(&value)
        } else {
            value
        })
    }

    /// `load` sets what is not set yet, `overload` everything (config §1.2). Only `load!` minds a missing file.
    fn dotenv(&mut self, name: &str, arguments: &Arguments<'_>) -> Evaluated {
        let mut files = Vec::new();
        for position in 0..arguments.len() {
            match arguments.value(position)? {
                Value::List(list) => files.extend(list.items.iter().map(Value::to_text)),
                _ => files.push(arguments.text(position)?),
            }
        }
        if files.is_empty() {
            files.push(".env".into());
        }
        let range = arguments.call.name_range.clone();
        let mut parsed = Vec::new();
        for path in files {
            if name != "load!" && self.runtime.file_kind(&path).is_none() {
                continue;
            }
            let text = self.read_text(&path, &range)?;
            let assigned = dotenv::parse(&text, name == "overload", |name| {
                self.runtime.variable(name)
            })
            .map_err(|problem| {
                Mistake::wrong(&range, format!("{}: {problem}", shown_name(&path)))
            })?;
            for (variable, value) in assigned {
                self.spend(&range, value.len())?;
                if name == "parse" {
                    parsed.push((Value::text(variable), Value::text(value)));
                } else if name == "overload" || self.runtime.variable(&variable).is_none() {
                    self.runtime.set_variable(&variable, Some(&value));
                }
            }
        }
        Ok(if name == "parse" {
            Value::map(parsed)
        } else {
            Value::Nil
        })
    }
}

/// The last part of a path.
fn base_name(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.starts_with('/') => "/",
        path => path.rsplit('/').next().unwrap_or_default(),
    }
}

/// `.rb` of `a.rb`; nothing of `.env`.
fn extension(base: &str) -> &str {
    let at = base.rfind('.').filter(|at| *at > 0 && at + 1 < base.len());
    at.map_or("", |at| &base[at..])
}

/// An error of the world with its cause, on one line.
pub(crate) fn said(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// The name of a variable or file for a message; it comes from the template, or from a value that may be secret
/// when it is long.
fn shown_name(name: &str) -> String {
    const MOST: usize = 80;
    let shown: String = name
        .chars()
        .take(MOST)
        .flat_map(char::escape_debug)
        .collect();
    if name.chars().count() > MOST {
        format!("{shown}…")
    } else {
        shown
    }
}

/// One slash between two parts, however many of them have one.
fn joined(parts: &[std::rc::Rc<str>]) -> String {
    let mut path = String::new();
    for (position, part) in parts.iter().enumerate() {
        match (path.ends_with('/'), part.starts_with('/')) {
            _ if position == 0 => {}
            (true, true) => path.truncate(path.trim_end_matches('/').len()),
            (false, false) => path.push('/'),
            _ => {}
        }
        path.push_str(part);
    }
    path
}

fn with_symbols(value: &Value) -> Value {
    match value {
        Value::List(list) => Value::list(list.items.iter().map(with_symbols).collect()),
        Value::Map(map) => {
            let pair = |(key, item): &(Value, Value)| {
                let key = match key {
                    Value::Text(text) => Value::Symbol(text.clone()),
                    other => other.clone(),
                };
                (key, with_symbols(item))
            };
            Value::map(map.items.iter().map(pair).collect())
        }
        other => other.clone(),
    }
}
