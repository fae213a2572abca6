//! As much of Go's templates as is asked of Docker: fields, variables, `index`, `json`, `println`, `if`, `range`.

use std::collections::BTreeMap;

use serde_json::Value;

#[derive(Debug)]
enum Part {
    Text(String),
    Print(Vec<Word>),
    If(Vec<Word>, Vec<Part>, Vec<Part>),
    Range(Vec<String>, Vec<Word>, Vec<Part>),
}

#[derive(Clone, Debug)]
enum Word {
    Function(String),
    Text(String),
    Number(usize),
    /// A variable, or nothing for the dot, and the fields behind it.
    Field(String, Vec<String>),
}

type Variables = BTreeMap<String, Value>;

/// Fills a template with a value; the error is in Docker's words.
pub fn fill(template: &str, value: &Value) -> Result<String, String> {
    let mut rest = template;
    let (parts, _) = parse(&mut rest);
    let mut out = String::new();
    let variables = Variables::from([(String::new(), value.clone())]);
    print(&parts, &variables, &mut out)?;
    Ok(out)
}

/// Reads up to the `end` or `else` of what is open, and says which it was.
fn parse(rest: &mut &str) -> (Vec<Part>, String) {
    let mut parts = Vec::new();
    while let Some((text, behind)) = rest.split_once("{{") {
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        let (action, behind) = behind.split_once("}}").unwrap_or((behind, ""));
        *rest = behind;
        let action = action.trim_matches('-').trim();
        if action == "end" || action == "else" {
            return (parts, action.to_owned());
        }
        parts.push(match action.split_once(' ') {
            Some(("if", condition)) => {
                let (yes, how) = parse(rest);
                let no = match how.as_str() {
                    "else" => parse(rest).0,
                    _ => Vec::new(),
                };
                Part::If(words(condition), yes, no)
            }
            Some(("range", over)) => {
                let (names, over) = over.split_once(":=").unwrap_or(("", over));
                let names = names.split(',').map(|name| name.trim().to_owned());
                let names = names.filter(|name| !name.is_empty()).collect();
                Part::Range(names, words(over), parse(rest).0)
            }
            _ => Part::Print(words(action)),
        });
    }
    if !rest.is_empty() {
        parts.push(Part::Text((*rest).to_owned()));
        *rest = "";
    }
    (parts, String::new())
}

fn words(action: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = action.trim();
    while !rest.is_empty() {
        let (word, behind) = if let Some(quoted) = rest.strip_prefix('"') {
            let (text, behind) = quoted.split_once('"').unwrap_or((quoted, ""));
            let text = text.replace("\\t", "\t").replace("\\n", "\n");
            (Word::Text(text), behind)
        } else {
            let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
            (bare(word), behind)
        };
        words.push(word);
        rest = behind.trim_start();
    }
    words
}

fn bare(word: &str) -> Word {
    if let Ok(number) = word.parse() {
        return Word::Number(number);
    }
    if !word.starts_with(['.', '$']) {
        return Word::Function(word.to_owned());
    }
    let (variable, fields) = word.split_once('.').unwrap_or((word, ""));
    let fields = fields.split('.').filter(|it| !it.is_empty());
    Word::Field(variable.to_owned(), fields.map(str::to_owned).collect())
}

fn print(parts: &[Part], variables: &Variables, out: &mut String) -> Result<(), String> {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Print(words) => {
                let value = evaluate(words, variables)?;
                out.push_str(&shown(&value));
            }
            Part::If(condition, yes, no) => {
                let is_so = is_true(&evaluate(condition, variables)?);
                print(if is_so { yes } else { no }, variables, out)?;
            }
            Part::Range(names, over, body) => {
                for (key, item) in items(evaluate(over, variables)?) {
                    let mut inner = variables.clone();
                    inner.insert(String::new(), item.clone());
                    match names.as_slice() {
                        [value] => _ = inner.insert(value.clone(), item),
                        [at, value] => {
                            inner.insert(at.clone(), key);
                            inner.insert(value.clone(), item);
                        }
                        _ => {}
                    }
                    print(body, &inner, out)?;
                }
            }
        }
    }
    Ok(())
}

fn evaluate(words: &[Word], variables: &Variables) -> Result<Value, String> {
    let argument = |at: usize| words.get(at).map(|word| value_of(word, variables));
    match words.first() {
        Some(Word::Function(name)) => {
            let first = argument(1).unwrap_or_default();
            match name.as_str() {
                "json" => Ok(Value::String(first.to_string())),
                "println" => Ok(Value::String(format!("{}\n", shown(&first)))),
                "index" => index(first, &words[2.min(words.len())..], variables),
                other => Err(format!(
                    "template parsing error: template: :1: function \"{other}\" not defined"
                )),
            }
        }
        // A method with an argument: the only one that lists have.
        Some(Word::Field(_, fields)) if fields.as_slice() == ["Label"] => {
            let dot = variables.get("").cloned().unwrap_or_default();
            let name = shown(&argument(1).unwrap_or_default());
            Ok(dot["labels"][&name].clone())
        }
        Some(word) => Ok(value_of(word, variables)),
        None => Ok(Value::Null),
    }
}

fn index(of: Value, keys: &[Word], variables: &Variables) -> Result<Value, String> {
    let mut value = of;
    for key in keys {
        value = match value_of(key, variables) {
            Value::Number(at) => {
                let at = usize::try_from(at.as_u64().unwrap_or(0)).unwrap_or(0);
                value.get(at).cloned().ok_or(
                    "template: :1:2: executing \"\" at <index>: error calling index: reflect: slice index out of range",
                )?
            }
            key => value[shown(&key)].clone(),
        };
    }
    // A label that is not there is the empty text of its kind.
    Ok(if value.is_null() { "".into() } else { value })
}

fn value_of(word: &Word, variables: &Variables) -> Value {
    match word {
        Word::Function(name) => name.clone().into(),
        Word::Text(text) => text.clone().into(),
        Word::Number(number) => (*number).into(),
        Word::Field(variable, fields) => {
            let mut value = variables.get(variable).unwrap_or(&Value::Null);
            for field in fields {
                value = &value[field];
            }
            value.clone()
        }
    }
}

fn items(value: Value) -> Vec<(Value, Value)> {
    match value {
        Value::Array(list) => {
            let numbered = list.into_iter().enumerate();
            numbered.map(|(at, item)| (at.into(), item)).collect()
        }
        Value::Object(map) => {
            let entries = map.into_iter();
            entries.map(|(key, item)| (key.into(), item)).collect()
        }
        _ => Vec::new(),
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is) => *is,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(shown).collect();
            format!("[{}]", list.join(" "))
        }
        Value::Object(map) => {
            let map = map.iter().map(|(key, it)| format!("{key}:{}", shown(it)));
            format!("map[{}]", map.collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_asked_of_docker_is_understood() {
        let value = json!({
            "State": {"Status": "running", "Health": null},
            "Config": {"Labels": {"service": "shop"}, "Env": ["A=1", "B=2"]},
            "labels": {"role": "web"},
            "Ports": {"80/tcp": [{"HostPort": "8080"}]},
        });
        let asked = [
            ("{{.State.Status}} x", "running x"),
            (
                "{{ index .Config.Labels \"service\" }}{{index .Config.Labels \"none\"}}",
                "shop",
            ),
            (
                "{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}",
                "running",
            ),
            ("{{range .Config.Env}}{{println .}}{{end}}", "A=1\nB=2\n"),
            (
                "{{.Label \"role\"}}{{\"\t\"}}{{json .State.Health}}",
                "web\tnull",
            ),
            (
                "{{range $to, $all := .Ports}}{{range $all}}{{.HostPort}}:{{$to}} {{end}}{{end}}",
                "8080:80/tcp ",
            ),
            ("{{.Nothing}}", "<no value>"),
        ];
        for (template, answer) in asked {
            assert_eq!(fill(template, &value).as_deref(), Ok(answer), "{template}");
        }
        assert!(fill("{{index .Config.Env 7}}", &value).is_err());
    }
}
