//! `build dev`: the folder as it is, into this machine's engine (versioning §6.2).

use std::collections::BTreeSet;

use dhow_builder::{Freshness, Naming, Output};
use dhow_versioning::{ChangeKind, ContextFiles, IgnoreRules, WorkTree};

use crate::{
    failure::{Failure, Kind},
    hooks::HookRunner,
    image_build::ImageBuild,
    invocation::Invocation,
    project::{Basis, Project},
};

/// Builds it: no hooks, no clone, no registry.
pub(super) async fn run(
    invocation: &Invocation,
    project: &Project,
    basis: &Basis,
    output: String,
    freshness: Freshness,
) -> Result<(), Failure> {
    let fleet = project.fleet()?;
    let hooks = HookRunner {
        invocation,
        project,
        basis,
        fleet: &fleet,
    };
    let output = Output::named(output);
    let build = ImageBuild {
        hooks,
        output: &output,
        freshness,
        naming: Naming::Dirty,
        registry: None,
    };
    build.check().await?;
    if let Ok(work_tree) = &project.work_tree {
        warn_of_uncommitted(invocation, project, work_tree)?;
    }
    if output == Output::Registry {
        build.machine().log_in().await?;
    }
    build.build_here(&build.machine()).await?;
    for tag in Naming::Dirty.tags(&project.config, &basis.version) {
        let note = format!("Built {}", basis.repository.tagged(&tag));
        invocation.announcer.note(note);
    }
    Ok(())
}

/// Kamal asks a throw-away image what Docker would take; the rules of `.dockerignore` say the same.
fn warn_of_uncommitted(
    invocation: &Invocation,
    project: &Project,
    work_tree: &WorkTree,
) -> Result<(), Failure> {
    let builder = &project.config.builder;
    let folder = work_tree.folder();
    let context = builder
        .context
        .as_deref()
        .map_or(folder.to_owned(), |it| folder.join(it));
    let context = context.canonicalize().unwrap_or(context);
    let rules = IgnoreRules::read(&context, &folder.join(&builder.dockerfile))
        .map_err(|error| Failure::of(Kind::Project, &error))?;
    let files = ContextFiles::list(&context, &rules).map_err(|error| {
        Failure::new(Kind::Project, "the files that are built cannot be listed").because(&error)
    })?;
    let seen: BTreeSet<_> = files
        .seen
        .iter()
        .map(|file| context.join(&file.path))
        .collect();
    let uncommitted = work_tree.uncommitted_files()?;
    for (is_untracked, title) in [
        (
            false,
            "Files with uncommitted changes will be present in the dev container:",
        ),
        (
            true,
            "Untracked files will be present in the dev container:",
        ),
    ] {
        let mut paths: Vec<String> = uncommitted
            .iter()
            .filter(|(path, kind)| {
                seen.contains(path) && (*kind == ChangeKind::Untracked) == is_untracked
            })
            .map(|(path, _)| path.strip_prefix(folder).unwrap_or(path))
            .map(|path| format!("\n  {}", path.display()))
            .collect();
        paths.sort();
        if !paths.is_empty() {
            invocation
                .announcer
                .warn(format!("{title}{}", paths.concat()));
        }
    }
    Ok(())
}
