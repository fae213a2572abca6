//! What every host is asked by a command, in words and in commands: the plan of a fixed deploy file, carried out over
//! a transport that writes everything down.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{collections::BTreeSet, path::Path};

mod accessories;
mod apps;
mod deploys;
mod looking;
mod proxies;
#[path = "../../../plan/tests/plans/scenario.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod scenario;
mod servers;
mod told;

/// Which transcripts show what a command asks; the tests of the binary see to it that no command is left out.
const COMMANDS: &str = include_str!("commands.tsv");

#[test]
fn every_transcript_is_there_and_belongs_to_a_command() {
    let named: BTreeSet<&str> = COMMANDS
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(_, transcripts)| *transcripts != "no host")
        .flat_map(|(_, transcripts)| transcripts.split(' '))
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/snapshots");
    let files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let there: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| file.strip_prefix("transcripts__")?.strip_suffix(".snap"))
        .collect();
    assert_eq!(named, there);
}
