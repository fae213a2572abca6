//! The inputs that fuzzing begins with: files of `testdata/`, and the texts in the tests of the parsers.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use fs_err as fs;
use proc_macro2::{TokenStream, TokenTree};

use crate::SEPARATOR;

/// The adapters, with the files that test them.
const ADAPTERS: [(&str, &str); 9] = [
    ("1password", "one_password"),
    ("aws_secrets_manager", "aws"),
    ("bitwarden", "bitwarden"),
    ("bitwarden-sm", "bitwarden_secrets"),
    ("doppler", "doppler"),
    ("enpass", "enpass"),
    ("gcp", "gcp"),
    ("lastpass", "last_pass"),
    ("passbolt", "passbolt"),
];

/// What is opened and never closed, referred to and never there, or just goes on.
const ENDLESS: [&str; 30] = [
    "[", "[a,", "{", "{a: ", "(", "\"", "'", "`", "<%", "<%= 1 %>", "#{", "$(", "$A", "${",
    "A=$A\n", "export ", "- ", "? ", "a:\n ", "a: 1\n", "&a ", "*a ", "!", "|\n", "\\", "{a,", "*",
    "1", "/", "\n",
];
/// How long they become: long enough that what grows with the square of it takes seconds.
const LONG: usize = 60_000;

/// The seeds of a target. `root` is the repository.
pub fn seeds(target: &str, root: &Path) -> io::Result<BTreeSet<String>> {
    let endless = ENDLESS.iter().map(|part| part.repeat(LONG / part.len()));
    let mut seeds = own_seeds(target, root)?;
    seeds.extend(endless);
    Ok(seeds)
}

fn own_seeds(target: &str, root: &Path) -> io::Result<BTreeSet<String>> {
    let files = |folder: &str| texts(&root.join(folder), is_data, |text| vec![text]);
    let literals = |folder: &str| texts(&root.join(folder), is_rust, |text| literals(&text));
    Ok(match target {
        "deploy_file" => {
            let mut all = files("testdata/deploy-files")?;
            all.extend(literals("crates/config/tests")?);
            // A file is also a destination's over itself.
            let over = all.iter().map(|text| format!("{text}{SEPARATOR}{text}"));
            let over: Vec<String> = over.collect();
            all.extend(over);
            all
        }
        "yaml" => {
            let mut all = files("testdata/deploy-files")?;
            all.extend(literals("crates/config/tests")?);
            all.extend(literals("crates/config/src/tree")?);
            all
        }
        "template" | "expression" => {
            let mut all = literals("crates/erb/tests")?;
            all.extend(literals("crates/config/tests")?);
            all.extend(files("testdata/deploy-files/erb")?);
            all
        }
        "dotenv" => {
            let mut all = literals("crates/erb/tests")?;
            all.extend(literals("crates/secrets/src")?);
            all
        }
        "secrets_file" | "extract" => literals("crates/secrets/src")?,
        "secret_answers" => secret_answers(root)?,
        "names" => literals("crates/names/src")?
            .into_iter()
            .chain(literals("crates/versioning/src")?)
            .chain(literals("crates/config/src/sections")?)
            .collect(),
        "host_answers" | "selection" => literals("crates/plan/tests")?
            .into_iter()
            .chain(literals("crates/roles/tests")?)
            .collect(),
        "script_output" => {
            let output =
                |text: String| format!("\n@ start 0\n{text}\n@ end 0 0\n@ done completed\n");
            let both = |text| format!("{0}{SEPARATOR}{0}", output(text));
            let all = literals("crates/ssh-exec/tests")?;
            all.into_iter().map(both).collect()
        }
        _ => literals("crates/proxy")?,
    })
}

/// The words of seeds in the form of libFuzzer's dictionaries: what it puts into inputs as a whole.
pub fn dictionary(seeds: &BTreeSet<String>) -> String {
    let is_of_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let words = seeds
        .iter()
        .flat_map(|seed| seed.split(|character| !is_of_word(character)))
        .filter(|word| (2..=24).contains(&word.len()));
    let words: BTreeSet<&str> = words.collect();
    let lines = words.iter().flat_map(|word| ["\"", word, "\"\n"]);
    lines.collect()
}

/// Requests to each password manager, with answers of its own tests in all orders of two.
fn secret_answers(root: &Path) -> io::Result<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for (adapter, file) in ADAPTERS {
        let path = root.join(format!("crates/secrets/src/adapters/tests/{file}.rs"));
        let (answers, names): (Vec<String>, Vec<String>) = literals(&fs::read_to_string(path)?)
            .into_iter()
            .partition(|text| text.contains(['{', '[', '\n', '=']));
        let names = names.join(" ");
        for one in &answers {
            for other in &answers {
                let parts = [adapter, "account", &names, one, other, one];
                all.insert(parts.join(&SEPARATOR.to_string()));
            }
        }
    }
    Ok(all)
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "rs")
}

fn is_data(path: &Path) -> bool {
    !is_rust(path)
}

/// What `read` finds in the files below a folder, or in that one file.
fn texts(
    from: &Path,
    fits: fn(&Path) -> bool,
    read: impl Fn(String) -> Vec<String>,
) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut open: Vec<PathBuf> = vec![from.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                open.push(entry?.path());
            }
        } else if fits(&path) {
            found.extend(read(fs::read_to_string(&path)?));
        }
    }
    Ok(found)
}

/// The texts that a program in Rust holds.
fn literals(program: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(tokens) = program.parse() {
        collect(tokens, &mut found);
    }
    found
}

fn collect(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Literal(literal) => match syn::Lit::new(literal) {
                syn::Lit::Str(text) => found.push(text.value()),
                syn::Lit::ByteStr(bytes) => {
                    found.extend(String::from_utf8(bytes.value()));
                }
                _ => {}
            },
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}
