//! A folder to run `dhow` in, and what it said there.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use assert_cmd::{Command, cargo::cargo_bin_cmd};
use tempfile::TempDir;

/// A deploy file in which nothing is wrong.
pub(crate) const GOOD: &str = "service: shop
image: acme/shop
servers: [web1.example]
registry:
  username: dorothea
  password: [KAMAL_REGISTRY_PASSWORD]
builder:
  arch: amd64
";

/// A project in a folder of its own, and a home beside it.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        let project = Self {
            folder: TempDir::new().unwrap(),
        };
        for folder in ["shop", "home", "programs"] {
            fs::create_dir(project.folder.path().join(folder)).unwrap();
        }
        // The shell is the one program that is there for everybody.
        std::os::unix::fs::symlink("/bin/sh", project.programs().join("sh")).unwrap();
        project
    }

    /// A folder with a deploy file, a Dockerfile and a secrets file, in no repository.
    pub(crate) fn with_deploy_file(text: &str) -> Self {
        let project = Self::empty();
        project.write("config/deploy.yml", text);
        project.write("Dockerfile", "FROM busybox\n");
        project.write(".kamal/secrets", "KAMAL_REGISTRY_PASSWORD=open-sesame\n");
        let secrets = project.path().join(".kamal/secrets");
        fs::set_permissions(secrets, fs::Permissions::from_mode(0o600)).unwrap();
        project
    }

    /// The same, committed.
    pub(crate) fn committed() -> Self {
        let project = Self::with_deploy_file(GOOD);
        project.commit();
        project
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    fn programs(&self) -> PathBuf {
        self.folder.path().join("programs")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.path().join(path)).unwrap();
    }

    pub(crate) fn init(&self) -> git2::Repository {
        git2::Repository::init(self.path()).unwrap()
    }

    /// Commits all that is there; the name of the commit is the same each time.
    pub(crate) fn commit(&self) -> String {
        let repository = self.init();
        let mut index = repository.index().unwrap();
        index
            .add_all(["."], git2::IndexAddOption::DEFAULT, None)
            .unwrap();
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let time = git2::Time::new(1_767_323_045, 0);
        let author = git2::Signature::new("Dorothea", "dorothea@example.com", &time).unwrap();
        let commit = repository
            .commit(Some("HEAD"), &author, &author, "Open the shop", &tree, &[])
            .unwrap();
        index.write().unwrap();
        commit.to_string()
    }

    /// A hook, as a shell script.
    pub(crate) fn hook(&self, name: &str, script: &str) {
        let path = format!(".kamal/hooks/{name}");
        self.write(&path, &format!("#!/bin/sh\n{script}\n"));
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path().join(path), mode).unwrap();
    }

    /// A program on the `PATH`, as a shell script.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let file = self.programs().join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs `dhow` here and tells its exit code and all it said; paths of this run are replaced.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        self.says_with(&[], arguments)
    }

    /// The same with further variables.
    pub(crate) fn says_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> String {
        let mut command: Command = cargo_bin_cmd!("dhow");
        let output = command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", self.programs())
            .env("HOME", self.folder.path().join("home"))
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8(told).unwrap();
        assert!(!told.contains("open-sesame"), "a secret was told:\n{told}");
        // Each shell has words of its own for what it does not find.
        let told: String = told
            .lines()
            .map(|line| match line.strip_prefix("sh: ") {
                Some(_) => "[the shell's words]\n".to_owned(),
                // How long something took is another thing each time.
                None if line.starts_with("  stopped after") => "  stopped\n".to_owned(),
                None => format!("{line}\n"),
            })
            .collect();
        let path = self.folder.path().to_string_lossy().into_owned();
        let code = output.status.code().unwrap();
        format!("{}exit code {code}", told.replace(&path, "[folder]"))
    }
}
