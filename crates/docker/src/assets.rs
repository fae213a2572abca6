//! Files of an image that are kept across versions, so that pages of one version find theirs while another
//! serves (host-commands §4.4).

use dhow_config::{AssetPath, Config, Role};
use dhow_shell::{CommandLine, Word};

use crate::{image::ImageRef, names::Names, server};

/// Copies the files out of the image, once for each version.
pub fn extract(names: &Names, role: &Role, assets: &AssetPath, image: &ImageRef) -> CommandLine {
    let folder = names.extracted_assets(role, image.tag());
    let container = format!("{}-assets", names.prefix(role));
    let remove =
        || CommandLine::new("docker").args(["container", "rm", "--force", container.as_str()]);
    let source = format!("{container}:{}/.", assets.path.trim_end_matches('/'));
    server::make_directory(&folder)
        .and(
            remove()
                .arg_raw(">/dev/null 2>&1")
                .or(CommandLine::raw(":"))
                .grouped(),
        )
        .and(
            CommandLine::new("docker")
                .args(["container", "create", "--name", container.as_str()])
                .arg(image.to_string())
                .arg_raw(">/dev/null"),
        )
        .and(
            CommandLine::new("docker")
                .args(["container", "cp", "-L", source.as_str(), folder.as_str()])
                .arg_raw(">/dev/null"),
        )
        .and(remove().arg_raw(">/dev/null"))
}

/// Fills the folder that the new version's container mounts. What the version before has goes into it as well,
/// and the new files go to the version before, which serves until the switch: nothing is overwritten.
pub fn bridge(names: &Names, role: &Role, version: &str, old: Option<&str>) -> CommandLine {
    let volume = names.asset_volume(role, version);
    let extracted = names.extracted_assets(role, version);
    let mut line = server::make_directory(&volume).and(fill(&extracted, &volume));
    if let Some(old) = old.filter(|old| *old != version) {
        let tolerant = |from: &str, to: &str| fill(from, to).or(CommandLine::raw(":")).grouped();
        line = line
            .and(tolerant(&extracted, &names.asset_volume(role, old)))
            .and(tolerant(&names.extracted_assets(role, old), &volume));
    }
    line
}

/// Copies what is not there yet. coreutils has had two ways to say it: `--update=none` since 9.3, and before `-n`,
/// which in 9.2 calls a file that is there already a failure. busybox knows the second and copies nothing into a
/// folder that is there. What is still missing after both is copied file by file.
fn fill(from: &str, to: &str) -> CommandLine {
    let copy = |flags: &[&str]| {
        CommandLine::new("cp")
            .args(flags.iter().copied())
            .args([from, to])
            .arg_raw("2>/dev/null")
    };
    let is_of_coreutils = CommandLine::raw("cp --version >/dev/null 2>&1");
    let older = is_of_coreutils.and(copy(&["-rnT"])).grouped();
    let absolute = Word::Joined(vec![Word::Raw("to=\"$PWD\"/".to_owned()), to.into()]);
    let each = CommandLine::new(absolute)
        .and(CommandLine::new("cd").arg(from))
        .and(CommandLine::raw(EACH_MISSING));
    let each = CommandLine::raw(format!("( {} )", each.exposed()));
    copy(&["--update=none", "-rT"]).or(older).or(each).grouped()
}

/// Copies every file of this folder that `$to` lacks.
const EACH_MISSING: &str = r#"find . -type d | while IFS= read -r it; do mkdir -p "$to/$it" || exit 1; done && find . ! -type d | while IFS= read -r it; do [ -e "$to/$it" ] || [ -L "$to/$it" ] || cp -P "$it" "$to/$it" || exit 1; done"#;

/// Removes the files of all other versions of the role. A role whose name only begins alike keeps its own.
pub fn remove_others(config: &Config, names: &Names, role: &Role, version: &str) -> CommandLine {
    let kept = format!("{}-{version}", role.name);
    let others: Vec<String> = config
        .roles
        .iter()
        .map(|other| format!("{}-", other.name))
        .filter(|other| other.starts_with(&format!("{}-", role.name)))
        .filter(|other| *other != format!("{}-", role.name))
        .collect();
    let clean = |folder: String| {
        let mut line = CommandLine::new("find")
            .args([folder.as_str(), "-maxdepth", "1", "-name"])
            .arg(format!("{}-*", role.name))
            .args(["!", "-name", kept.as_str()]);
        for other in &others {
            line = line.args(["!", "-name"]).arg(format!("{other}*"));
        }
        line.args(["-exec", "rm", "-rf", "{}", "+"])
    };
    clean(format!("{}/extracted", names.assets_directory()))
        .and(clean(format!("{}/volumes", names.assets_directory())))
}

/// The volume that a container mounts.
pub(crate) fn mount(names: &Names, role: &Role, assets: &AssetPath, version: &str) -> Word {
    let options = assets
        .options
        .as_ref()
        .map(|options| format!(":{options}"))
        .unwrap_or_default();
    Word::Joined(vec![
        server::in_home(&names.asset_volume(role, version)),
        Word::Plain(format!(":{}{options}", assets.path)),
    ])
}
