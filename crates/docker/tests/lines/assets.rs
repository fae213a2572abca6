//! Files of two versions beside each other.

use std::{fs, path::PathBuf};

use dhow_docker::assets;

use crate::{
    example::{SHOP, Shop},
    host::{SHELLS, StubHost},
};

/// A `cp` as coreutils 9.2 has it: there is no `--update=none`, and `-n` calls a file that is there a failure.
const CP_OF_9_2: &str = r#"case $* in
  --version*) echo "cp (GNU coreutils) 9.2"; exit ;;
  *--update=*) echo "cp: option '--update' doesn't allow an argument" >&2; exit 1 ;;
esac
/bin/cp "$@"
exit 1"#;

#[test]
fn no_version_loses_a_file_to_another() {
    let shop = Shop::of(SHOP, None);
    let role = shop.role("web");
    for (shell, cp) in SHELLS
        .iter()
        .flat_map(|shell| [None, Some(CP_OF_9_2)].map(|cp| (shell, cp)))
    {
        let host = StubHost::with_docker("exit 9");
        if let Some(script) = cp {
            host.stub("cp", script);
        }
        let write = |folder: &str, file: &str, text: &str| -> PathBuf {
            let folder = host.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(file), text).unwrap();
            folder.join(file)
        };
        let (extracted, volume) = (
            |version| shop.names.extracted_assets(role, version),
            |version| shop.names.asset_volume(role, version),
        );
        write(&extracted("1"), "manifest.json", "old");
        write(&extracted("1"), "app-1.js", "one");
        let served = write(&volume("1"), "manifest.json", "old");
        write(&volume("1"), "app-1.js", "one");
        // Long ago, so that whoever asks which one is newer would be told: the other.
        fs::File::open(&served)
            .unwrap()
            .set_modified(std::time::UNIX_EPOCH)
            .unwrap();
        write(&extracted("2"), "manifest.json", "new");
        write(&extracted("2"), "app-2.js", "two");
        let line = assets::bridge(&shop.names, role, "2", Some("1")).exposed();
        for _ in 0..2 {
            let done = host.run(shell, &line);
            assert_eq!(done.exit_code, Some(0), "{shell:?} {}", done.stderr);
        }
        for (version, manifest) in [("1", "old"), ("2", "new")] {
            let read = |file: &str| host.read(&format!("{}/{file}", volume(version)));
            assert_eq!(read("manifest.json"), manifest, "{shell:?} {version}");
            assert_eq!(
                (read("app-1.js"), read("app-2.js")),
                ("one".into(), "two".into())
            );
        }
    }
}
