//! Taking away old containers and images (host-commands §8).

use dhow_shell::CommandLine;

use crate::{
    image::{self, ID_AND_NAME, Repository},
    names::Names,
};

/// Removes stopped containers of the service, all but the newest `retain`.
pub fn containers(names: &Names, retain: u32) -> CommandLine {
    CommandLine::new("docker")
        .args([
            "ps",
            "-q",
            "-a",
            "--filter",
            &format!("label=service={}", names.service()),
        ])
        .args([
            "--filter",
            "status=created",
            "--filter",
            "status=exited",
            "--filter",
            "status=dead",
        ])
        .pipe(
            CommandLine::new("tail")
                .arg("-n")
                .arg(format!("+{}", retain + 1)),
        )
        .pipe(CommandLine::raw(
            "while read container_id; do docker rm \"$container_id\"; done",
        ))
}

/// Removes images of the service without a name.
pub fn dangling_images(names: &Names) -> CommandLine {
    CommandLine::new("docker").args([
        "image",
        "prune",
        "--force",
        "--filter",
        &format!("label=service={}", names.service()),
    ])
}

/// Removes images that no container uses: those of the service, and those that the repository has without saying of
/// which service they are. Keeps the last complete deploy's of every destination: as a word for `grep`, `latest` is in
/// `latest-staging` too. Kamal takes those of the others.
pub fn tagged_images(names: &Names, repository: &Repository) -> CommandLine {
    let service = names.service();
    let unlabelled = image::unlabelled(repository, ID_AND_NAME);
    CommandLine::raw(format!(
        "{{ docker image ls --filter label=service={service} --format '{ID_AND_NAME}' ; {unlabelled} ; }} | \
         grep -v -w \"$(docker container ls -a --format '{{{{.Image}}}}\\|' --filter label=service={service} | \
         tr -d '\\n'){repository}:latest\\|{repository}:<none>\" | \
         while read image tag; do docker rmi \"$tag\"; done"
    ))
}
