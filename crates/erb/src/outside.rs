//! What reaches out of a template: variables of the environment, commands, functions.

use std::ops::Range;

use crate::{
    ast::{Call, Expression, Node, Piece, RubyConstant, When},
    evaluate::{Evaluated, Evaluator},
    methods::format,
    mistake::{Mistake, MistakeKind},
    objects::said,
    value::Value,
};

impl Evaluator<'_> {
    pub(crate) fn set_env(
        &mut self,
        name: &Expression,
        value: &Expression,
        when: When,
    ) -> Evaluated {
        let Value::Text(variable) = self.value(name)? else {
            return Err(Mistake::wrong(
                &name.range,
                "the name of an environment variable is a text",
            ));
        };
        if let Some(before) = self
            .runtime
            .variable(&variable)
            .filter(|_| when == When::Empty)
        {
            return Ok(Value::text(before));
        }
        let assigned = self.value(value)?;
        // The variables keep copies.
        self.spend(&value.range, assigned.cost())?;
        match &assigned {
            Value::Nil => self.runtime.set_variable(&variable, None),
            Value::Text(text) => self.runtime.set_variable(&variable, Some(text)),
            other => {
                let noun = other.noun();
                let message = format!("an environment variable cannot be set to {noun}");
                return Err(Mistake::wrong(&value.range, message).help("put `.to_s` behind it"));
            }
        }
        Ok(assigned)
    }

    pub(crate) fn command(&mut self, pieces: &[Piece], range: &Range<usize>) -> Evaluated {
        let command = self.text(pieces, range)?;
        let outside = |message: String| Mistake::new(MistakeKind::Outside, range, message);
        let ended = self
            .runtime
            .run(&command)
            .map_err(|error| outside(said(&error)))?;
        match ended.exit_code {
            Some(0) => {}
            Some(code) => {
                return Err(outside(format!("the command ended with exit code {code}")).help(
                    "Kamal goes on with what it printed; to do so too, put `|| true` behind the command",
                ));
            }
            None => return Err(outside("the command was ended by a signal".to_owned())),
        }
        let text = String::from_utf8(ended.output)
            .map_err(|_| outside("what the command printed is not valid UTF-8".to_owned()))?;
        self.made(Value::text(text), range)
    }

    pub(crate) fn ruby(&mut self, constant: RubyConstant, range: &Range<usize>) -> Evaluated {
        // What stands in a comment makes no difference, so that no Ruby is looked for.
        if constant == RubyConstant::Engine || self.in_comment {
            return Ok(Value::text("ruby"));
        }
        let version = self.runtime.ruby_version();
        version.map(Value::text).ok_or_else(|| {
            Mistake::new(
                MistakeKind::Outside,
                range,
                "there is no Ruby here whose version could be told",
            )
            .help("write the version itself, or read it: `File.read(\".ruby-version\").strip`")
        })
    }

    pub(crate) fn function(&mut self, call: &Call, range: &Range<usize>) -> Evaluated {
        let values = self.all(&call.arguments)?;
        let text = values.last().map(Value::to_text).unwrap_or_default();
        if matches!(call.name.as_str(), "format" | "sprintf") {
            return format::formatted(&values, range);
        }
        if call.name.starts_with(char::is_uppercase) {
            return format::converted(&call.name, &values, range);
        }
        if call.name == "raise" {
            let message = match call.arguments.last().map(|argument| &argument.node) {
                Some(Node::String(pieces)) => match pieces.as_slice() {
                    [Piece::Literal(words)] => words.as_str(),
                    // What is interpolated may be secret.
                    _ => "the template stops here with `raise`",
                },
                _ => "the template stops here with `raise`",
            };
            return Err(Mistake::wrong(range, message));
        }
        match &*text {
            "dotenv" | "json" | "yaml" | "erb" | "psych" | "kamal" => Ok(Value::Boolean(true)),
            "dotenv/load" => {
                let call = Call {
                    name: "load".to_owned(),
                    arguments: Vec::new(),
                    ..call.clone()
                };
                self.object(crate::objects::Object::Dotenv, &call, range)
            }
            _ => Err(Mistake::not_understood(
                range,
                "only \"dotenv\", \"dotenv/load\", \"json\" and \"yaml\" can be required",
            )
            .help(crate::mistake::ELSEWHERE)),
        }
    }
}
