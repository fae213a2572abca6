//! The well-known objects: `ENV`, `File`, `JSON`, `YAML`, `Dotenv`, `Kamal::Utils`.

use std::ops::Range;

use crate::{
    ast::Call,
    dotenv,
    evaluate::{Evaluated, Evaluator},
    json,
    methods::Arguments,
    mistake::{ELSEWHERE, Mistake, MistakeKind},
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
                "dig",
                "values_at",
            ],
            Self::File => &[
                "read",
                "exist?",
                "file?",
                "join",
                "basename",
                "dirname",
                "readlines",
            ],
            Self::Json => &["parse", "generate", "dump"],
            Self::Yaml => &[
                "load_file",
                "safe_load_file",
                "unsafe_load_file",
                "load",
                "safe_load",
            ],
            Self::Dotenv => &["load", "load!", "overload"],
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
            return Err(Mistake::not_understood(&call.name_range, message)
                .help(format!("known are {known}; beyond them, {ELSEWHERE}")));
        }
        let values = self.all(&call.arguments)?;
        let arguments = Arguments::new(call, values);
        match object {
            Object::Env => self.environment(name, &arguments, range),
            Object::File => self.file(name, &arguments),
            Object::Json => match name {
                "parse" => {
                    let symbols = arguments.option("symbolize_names");
                    json::parse(&arguments.text(0)?, symbols).map_err(|problem| {
                        Mistake::wrong(range, format!("JSON::ParserError: {problem}"))
                    })
                }
                _ => Ok(Value::text(json::generate(arguments.value(0)?))),
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
        if name == "values_at" {
            let names = (0..arguments.len()).map(|position| arguments.text(position));
            let names: Vec<_> = names.collect::<Result<_, _>>()?;
            let value = |name| self.runtime.variable(name).map_or(Value::Nil, Value::text);
            return Ok(Value::list(names.iter().map(|name| value(name)).collect()));
        }
        let variable = arguments.text(0)?;
        let found = self.runtime.variable(&variable);
        match name {
            "key?" | "has_key?" | "include?" => Ok(Value::Boolean(found.is_some())),
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

    fn file(&mut self, name: &str, arguments: &Arguments<'_>) -> Evaluated {
        let path = arguments.text(0)?;
        match name {
            "exist?" | "file?" => Ok(Value::Boolean(self.runtime.exists(&path))),
            "join" => {
                let parts: Result<Vec<_>, _> =
                    (0..arguments.len()).map(|at| arguments.text(at)).collect();
                Ok(Value::text(joined(&parts?)))
            }
            "basename" => {
                let base = path
                    .trim_end_matches('/')
                    .rsplit('/')
                    .next()
                    .unwrap_or_default();
                let ending = if arguments.len() > 1 {
                    arguments.text(1)?
                } else {
                    "".into()
                };
                let base = base.strip_suffix(&*ending).unwrap_or(base);
                Ok(Value::text(base))
            }
            "dirname" => Ok(Value::text(
                match path.trim_end_matches('/').rsplit_once('/') {
                    Some(("", _)) => "/",
                    Some((folder, _)) => folder,
                    None => ".",
                },
            )),
            "readlines" => {
                let text = self.read_text(&path, &arguments.range(0))?;
                let chomps = arguments.option("chomp");
                let line = |line: &str| {
                    Value::text(if chomps {
                        line.trim_end_matches(['\n', '\r'])
                    } else {
                        line
                    })
                };
                Ok(Value::list(text.split_inclusive('\n').map(line).collect()))
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
        for path in files {
            if name != "load!" && !self.runtime.exists(&path) {
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
                if name == "overload" || self.runtime.variable(&variable).is_none() {
                    self.runtime.set_variable(&variable, Some(&value));
                }
            }
        }
        Ok(Value::Nil)
    }
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

fn joined(parts: &[std::rc::Rc<str>]) -> String {
    let mut path = String::new();
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            path.truncate(path.trim_end_matches('/').len());
            path.push('/');
            path.push_str(part.trim_start_matches('/'));
        } else {
            path.push_str(part);
        }
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
