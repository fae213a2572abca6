//! Accessories' containers and their files (host-commands §7).

mod record;

use std::time::Duration;

use dhow_config::{Accessory, AccessoryDirectory, AccessoryFile};
use dhow_names::Host;
use dhow_shell::{CommandLine, Word};

pub use record::{compare, remove_record, write_record};

use crate::{
    app::{Exec, with_all},
    docker, flags,
    names::Names,
    server,
};

/// Prints the ids of the accessory's containers, in whatever state.
pub fn exists(accessory: &Accessory) -> CommandLine {
    docker(&[
        "ps",
        "-a",
        "-q",
        "--filter",
        &format!("label=service={}", accessory.service_name),
    ])
}

/// Starts the accessory's container.
pub fn run(accessory: &Accessory, names: &Names, host: &Host) -> CommandLine {
    let mut line = docker(&["run", "--name", &accessory.service_name, "--detach"]).args([
        "--restart",
        &accessory.restart,
        "--network",
        &accessory.network,
    ]);
    line = flags::logging(line, &accessory.logging);
    if let Some(port) = &accessory.port {
        line = line.arg("--publish").arg_raw(port.as_str());
    }
    line = line.pair("--env", "KAMAL_HOST", host.as_str());
    line = flags::pairs(line, "--env", &accessory.env.clear);
    line = line.args(["--env-file", &names.accessory_env_file(accessory)]);
    line = mounts(line, accessory);
    line = line.pair("--label", "service", accessory.service_name.as_str());
    line = flags::pairs(line, "--label", &accessory.labels);
    line = flags::options(line, &accessory.options).arg(accessory.image.as_str());
    match &accessory.cmd {
        Some(cmd) => line.arg_raw(cmd.as_str()),
        None => line,
    }
}

/// Adds everything that is mounted: volumes, then files, then directories.
fn mounts(mut line: CommandLine, accessory: &Accessory) -> CommandLine {
    line = flags::volumes(line, &accessory.volumes);
    for file in &accessory.files {
        let place = server::in_home(&host_path(accessory, file));
        line = line
            .arg("--volume")
            .arg(mount(place, &file.remote, file.options.as_deref()));
    }
    for directory in &accessory.directories {
        let place = directory_place(accessory, directory);
        line = line.arg("--volume").arg(mount(
            place,
            &directory.remote,
            directory.options.as_deref(),
        ));
    }
    line
}

fn mount(place: Word, remote: &str, options: Option<&str>) -> Word {
    let options = options
        .map(|options| format!(":{options}"))
        .unwrap_or_default();
    Word::Joined(vec![place, Word::Plain(format!(":{remote}{options}"))])
}

fn directory_place(accessory: &Accessory, directory: &AccessoryDirectory) -> Word {
    if directory.local.starts_with('/') {
        Word::Plain(directory.local.clone())
    } else {
        server::in_home(&format!("{}/{}", accessory.service_name, directory.local))
    }
}

/// Where an uploaded file lies on the host, below the SSH user's home.
pub fn host_path(accessory: &Accessory, file: &AccessoryFile) -> String {
    format!(
        "{}/{}",
        accessory.service_name,
        file.remote.trim_start_matches('/')
    )
}

/// Makes a folder that is mounted.
pub fn make_directory(accessory: &Accessory, directory: &AccessoryDirectory) -> CommandLine {
    let place = || directory_place(accessory, directory);
    let mut line = CommandLine::new("mkdir").arg("-p").arg(place());
    if let Some(mode) = &directory.mode {
        line = line.and(CommandLine::new("chmod").arg(mode.0.as_str()).arg(place()));
    }
    if let Some(owner) = &directory.owner {
        line = line.and(CommandLine::new("chown").arg(owner.as_str()).arg(place()));
    }
    line
}

/// Writes standard input to a file that is mounted, then gives it mode and owner.
pub fn write_file(accessory: &Accessory, file: &AccessoryFile) -> CommandLine {
    let path = host_path(accessory, file);
    let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
    let mut line = server::make_directory(folder)
        .and(CommandLine::new("cat").arg_raw(">").arg(path.as_str()))
        .and(CommandLine::new("chmod").args([file.mode.0.as_str(), path.as_str()]));
    if let Some(owner) = &file.owner {
        line = line.and(CommandLine::new("chown").args([owner.as_str(), path.as_str()]));
    }
    line
}

/// Fetches the image, which may have become another one under the same name.
pub fn pull(accessory: &Accessory) -> CommandLine {
    docker(&["image", "pull", &accessory.image])
}

/// Fetches the image unless it lies on the host.
pub fn ensure_image(accessory: &Accessory) -> CommandLine {
    docker(&["image", "inspect", &accessory.image])
        .silenced()
        .or(pull(accessory))
}

/// Starts the container that was stopped.
pub fn start(accessory: &Accessory) -> CommandLine {
    docker(&["container", "start", &accessory.service_name])
}

/// Stops the container and starts it again, so that it reads its files anew.
pub fn restart(accessory: &Accessory) -> CommandLine {
    docker(&["container", "restart", &accessory.service_name])
}

/// Waits until the container is ready: healthy where it has a health check, which Docker itself judges in the
/// end, else running for `delay` without a restart. One that ended without a complaint and is not to be restarted
/// has done its work.
pub fn wait_until_ready(accessory: &Accessory, delay: Duration) -> CommandLine {
    let (name, delay) = (&accessory.service_name, delay.as_secs());
    let state = "{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}} \
                 {{.HostConfig.RestartPolicy.Name}} {{if .State.Health}}{{.State.Health.Status}}{{end}}";
    CommandLine::raw(format!(
        r#"settled=; while :; do
  state=$(docker inspect --format '{state}' {name}) || exit 1
  case $state in
    exited\ *\ 0\ no\ * | exited\ *\ 0\ on-failure\ *) exit 0 ;;
    exited\ * | dead\ * | restarting\ * | removing\ * | paused\ *)
      echo "{name} does not run (${{state%% *}})" >&2; exit 1 ;;
    *' healthy') exit 0 ;;
    *' unhealthy') echo "{name} is unhealthy" >&2; exit 1 ;;
    *' starting' | created\ *) ;;
    *)
      if [ {delay} -eq 0 ] || [ "$settled" = "$state" ]; then exit 0; fi
      if [ -n "$settled" ]; then echo "{name} was restarted while it was waited for" >&2; exit 1; fi
      settled=$state; sleep {delay} >/dev/null 2>&1; continue ;;
  esac
  sleep 1 >/dev/null 2>&1
done"#
    ))
}

/// Runs a command in the running container.
pub fn exec_in(accessory: &Accessory, exec: &Exec) -> CommandLine {
    exec.attached
        .flag(docker(&["exec"]))
        .arg(accessory.service_name.as_str())
        .arg_raw(exec.command.as_str())
}

/// Runs a command in a container of its own.
pub fn exec_in_new(accessory: &Accessory, names: &Names, exec: &Exec) -> CommandLine {
    let line = exec
        .attached
        .flag(docker(&["run"]))
        .args(["--rm", "--network", &accessory.network]);
    let line = flags::pairs(line, "--env", &accessory.env.clear);
    let line = line.args(["--env-file", &names.accessory_env_file(accessory)]);
    flags::options(mounts(line, accessory), &accessory.options)
        .arg(accessory.image.as_str())
        .arg_raw(exec.command.as_str())
}

/// Shows the accessory's containers.
pub fn details(accessory: &Accessory) -> CommandLine {
    docker(&[
        "ps",
        "--filter",
        &format!("label=service={}", accessory.service_name),
    ])
}

/// Stops the accessory's containers; none is fine.
pub fn stop(accessory: &Accessory) -> CommandLine {
    with_all(&exists(accessory), docker(&["stop"]))
}

/// Removes the accessory's containers, running or not; volumes stay.
pub fn remove_container(accessory: &Accessory) -> CommandLine {
    with_all(&exists(accessory), docker(&["rm", "--force"]))
}

/// Removes the accessory's image, unless another container uses it.
pub fn remove_image(accessory: &Accessory) -> CommandLine {
    docker(&["image", "rm", &accessory.image])
}

/// Removes the accessory's folder with its data.
pub fn remove_directory(accessory: &Accessory) -> CommandLine {
    CommandLine::new("rm").args(["-rf", &accessory.service_name])
}

/// Removes the file with the accessory's secrets, and the folders that hold nothing else then.
pub fn remove_secrets(accessory: &Accessory, names: &Names) -> CommandLine {
    let folder = names.accessory_env_directory();
    let app = names.app_directory();
    CommandLine::new("rm")
        .args(["-f", &names.accessory_env_file(accessory)])
        .then(CommandLine::new("rmdir").args([
            folder.as_str(),
            &format!("{app}/env"),
            app.as_str(),
        ]))
        .arg_raw("2>/dev/null")
        .or(CommandLine::raw("true"))
}
