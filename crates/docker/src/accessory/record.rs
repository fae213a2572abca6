//! What an accessory was booted with, written down on its host, and compared with what it shall be.
//!
//! The record lies beside the accessory's secrets and names the container it is about, so that one which Kamal
//! boots later is not taken for ours (decision 0130).

use dhow_config::Accessory;
use dhow_shell::CommandLine;

use crate::{docker, names::Names, server};

/// What a comparison prints of a container, see [`compare`].
const STATE: &str = concat!(
    r#"{{.State.Status}}{{"\t"}}{{.State.ExitCode}}{{"\t"}}{{.Config.Image}}{{"\t"}}{{.HostConfig.RestartPolicy.Name}}{{"\t"}}"#,
    r#"{{.HostConfig.RestartPolicy.MaximumRetryCount}}{{"\t"}}{{.HostConfig.NetworkMode}}{{"\t"}}"#,
    "{{range $to, $all := .HostConfig.PortBindings}}{{range $all}}{{.HostIp}}:{{.HostPort}}:{{$to}} {{end}}{{end}}",
);

fn record(names: &Names, accessory: &Accessory) -> String {
    format!(
        "{}/{}.booted",
        names.accessory_env_directory(),
        accessory.name
    )
}

/// Writes standard input down as what the container that runs now was booted with: one `DIGEST ASPECT` a line.
pub fn write_record(names: &Names, accessory: &Accessory) -> CommandLine {
    let find = docker(&["inspect", "--format", "container {{.Id}}"]);
    let record = record(names, accessory);
    let new = format!("{record}.new");
    server::make_directory(&names.accessory_env_directory())
        .and(CommandLine::raw("umask 077"))
        .and(
            find.arg(accessory.service_name.as_str())
                .and(CommandLine::new("cat"))
                .grouped(),
        )
        .arg_raw(">")
        .arg(new.as_str())
        .and(CommandLine::new("mv").args(["-f", &new, &record]))
}

/// Removes the record.
pub fn remove_record(names: &Names, accessory: &Accessory) -> CommandLine {
    CommandLine::new("rm").args(["-f", &record(names, accessory)])
}

/// Prints how the accessory's container is: nothing when there is none, else a line of state, exit code, image, restart
/// policy and its count, network and published ports, tabs between them. Then `recorded` when the record is about this
/// container, and `differs ASPECT` for each `DIGEST ASPECT` of standard input that the record does not hold.
/// Without a record each `=NAME=VALUE` of standard input is looked for in the container's environment and each
/// `@DIGEST PATH` compared with the file itself.
///
/// Digests and values are compared on the host, so that no answer tells anything of a secret; values by the shell
/// itself, so that none stands in the arguments of a program.
pub fn compare(names: &Names, accessory: &Accessory) -> CommandLine {
    let (service, record) = (&accessory.service_name, record(names, accessory));
    CommandLine::raw(format!(
        r#"ids=$(docker ps -a -q --no-trunc --filter label=service={service}) || exit 1
set -- $ids; [ $# -gt 0 ] || exit 0
docker inspect --format '{STATE}' "$1" || exit 1
if [ "$(head -n 1 {record} 2>/dev/null)" = "container $1" ]; then
  echo recorded
  while IFS= read -r line; do
    case $line in =* | @*) ;; *) grep -qxF -e "$line" {record} || echo "differs ${{line#* }}" ;; esac
  done
else
  lf='
'
  env=$(docker inspect --format '{{{{range .Config.Env}}}}{{{{println .}}}}{{{{end}}}}' "$1")
  while IFS= read -r line; do
    case $line in
      =*) line=${{line#=}}
        case $lf$env$lf in *"$lf$line$lf"*) ;; *) echo "differs env ${{line%%=*}}" ;; esac ;;
      @*) line=${{line#@}}; file=${{line#* }}; is=$(sha256sum "$file" 2>/dev/null)
        [ "${{is%% *}}" = "${{line%% *}}" ] || echo "differs file $file" ;;
    esac
  done
fi"#
    ))
}
