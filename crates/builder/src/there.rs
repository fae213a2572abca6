//! A build on another machine that is reached over SSH alone: what that machine is asked
//! ([decision 0123](../../../docs/decisions/0123-a-build-over-ssh-alone.md)).
//!
//! Everything lies in one folder of the login's home, which is removed at the end. Commands run in the home folder.

use dhow_docker::registry;
use dhow_redaction::Secret;
use dhow_shell::CommandLine;

/// The folder of one build, below the home of the login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFolder(String);

impl BuildFolder {
    /// A folder that no other build has, for a number that nobody can guess.
    pub fn new(number: u64) -> Self {
        Self(format!(".dhow-build-{number:016x}"))
    }

    /// Makes it, for its owner only. A login of this build is nobody else's, so Docker's settings are in the folder
    /// too; only plugins are those of the home.
    pub fn make(&self) -> CommandLine {
        let folder = &self.0;
        let script = format!(
            "umask 077 && mkdir {folder} {folder}/source {folder}/docker && mkfifo {folder}/context && \
             {{ [ ! -d .docker/cli-plugins ] || ln -s \"$HOME/.docker/cli-plugins\" {folder}/docker/cli-plugins; }}"
        );
        CommandLine::raw(script)
    }

    /// Hands on what it reads; run beside [`unpack`](Self::unpack).
    pub fn feed(&self) -> CommandLine {
        CommandLine::new("cat").arg_raw(format!(">{}/context", self.0))
    }

    /// Unpacks what [`feed`](Self::feed) hands on.
    pub fn unpack(&self) -> CommandLine {
        CommandLine::new("tar")
            .args(["xf", "-", "-C"])
            .arg(format!("{}/source", self.0))
            .arg_raw(format!("<{}/context", self.0))
    }

    /// Logs in to the registry, for this build alone; the password comes on standard input.
    pub fn log_in(&self, server: Option<&str>, username: &Secret) -> CommandLine {
        self.settings().and(registry::login(server, username))
    }

    /// Runs a build with the variables that are set by what comes on standard input.
    pub fn build(&self, build: CommandLine) -> CommandLine {
        let variables = CommandLine::raw("variables=$(cat) && eval \"$variables\"");
        let enter = CommandLine::new("cd").arg(format!("{}/source", self.0));
        self.settings().and(variables).and(enter).and(build)
    }

    /// Where the build is to write down what it has made, as it sees the place.
    pub const TOLD: &str = "../told";

    /// Prints what the build has made.
    pub fn told(&self) -> CommandLine {
        CommandLine::new("cat").arg(format!("{}/told", self.0))
    }

    /// Removes it. Whoever waits to feed it is let go first.
    pub fn remove(&self) -> CommandLine {
        let folder = &self.0;
        let script =
            format!("{{ [ ! -p {folder}/context ] || : <>{folder}/context; }}; rm -rf {folder}");
        CommandLine::raw(script)
    }

    fn settings(&self) -> CommandLine {
        CommandLine::raw(format!("export DOCKER_CONFIG=\"$PWD/{}/docker\"", self.0))
    }
}

/// Lines that set variables, for [`BuildFolder::build`]: one for each, whatever its value holds.
pub fn assignments<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    variables
        .into_iter()
        .map(|(name, value)| format!("export {name}={}\n", dhow_shell::quote(value)))
        .collect::<Vec<_>>()
        .concat()
}

/// The names in `${NAME}` of a text, which a shell fills in.
pub fn variables_in(text: &str) -> Vec<&str> {
    let pieces = text.split("${").skip(1);
    let names = pieces.filter_map(|piece| piece.split_once('}'));
    let is_name = |name: &&str| {
        let plain = name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'_');
        plain && !name.is_empty() && !name.as_bytes()[0].is_ascii_digit()
    };
    names.map(|(name, _)| name).filter(is_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_in_one_folder() {
        let folder = BuildFolder::new(0xcafe);
        let lines = [
            folder.make(),
            folder.feed(),
            folder.unpack(),
            folder.log_in(Some("ghcr.io"), &Secret::new("ada")),
            folder.build(CommandLine::new("docker").args(["buildx", "build", "."])),
            folder.told(),
            folder.remove(),
        ];
        insta::assert_snapshot!(lines.map(|line| line.to_string()).join("\n"), @r#"
        umask 077 && mkdir .dhow-build-000000000000cafe .dhow-build-000000000000cafe/source .dhow-build-000000000000cafe/docker && mkfifo .dhow-build-000000000000cafe/context && { [ ! -d .docker/cli-plugins ] || ln -s "$HOME/.docker/cli-plugins" .dhow-build-000000000000cafe/docker/cli-plugins; }
        cat >.dhow-build-000000000000cafe/context
        tar xf - -C .dhow-build-000000000000cafe/source <.dhow-build-000000000000cafe/context
        export DOCKER_CONFIG="$PWD/.dhow-build-000000000000cafe/docker" && docker login ghcr.io -u [REDACTED] --password-stdin >/dev/null
        export DOCKER_CONFIG="$PWD/.dhow-build-000000000000cafe/docker" && variables=$(cat) && eval "$variables" && cd .dhow-build-000000000000cafe/source && docker buildx build .
        cat .dhow-build-000000000000cafe/told
        { [ ! -p .dhow-build-000000000000cafe/context ] || : <>.dhow-build-000000000000cafe/context; }; rm -rf .dhow-build-000000000000cafe
        "#);
    }

    #[test]
    fn values_come_whole() {
        let text = assignments([("A", "it's\n$HOME"), ("B", "")]);
        assert_eq!(text, "export A='it'\\''s\n$HOME'\nexport B=''\n");
    }

    #[test]
    fn names_in_braces_are_found() {
        assert_eq!(
            variables_in("${A}-$B ${C_1} ${} ${1} ${D:-x} ${E"),
            ["A", "C_1"]
        );
    }
}
