//! Runs our programs as a user does: as processes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The program of that name, built beside this test.
pub(crate) fn path(name: &str) -> PathBuf {
    // A copy of its own: a build that runs meanwhile must not change the program under test.
    static BUILT: OnceLock<tempfile::TempDir> = OnceLock::new();
    let copies = BUILT.get_or_init(|| {
        // The test lies in `<target>/<profile>/deps`.
        let test = std::env::current_exe().unwrap();
        let folder = test.parent().unwrap().parent().unwrap().to_owned();
        let profile = match folder.file_name().unwrap().to_str().unwrap() {
            "debug" => "dev",
            other => other,
        };
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let status = Command::new(cargo)
            .args(["build", "--offline", "--quiet", "--profile", profile])
            .args(["--package", "muster", "--package", "scan", "--manifest-path"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
            .arg("--target-dir")
            .arg(folder.parent().unwrap())
            .status()
            .unwrap();
        assert!(status.success(), "the programs do not build");
        let copies = tempfile::tempdir().unwrap();
        for name in ["muster", "scan"] {
            let name = Path::new(name).with_extension(std::env::consts::EXE_EXTENSION);
            std::fs::copy(folder.join(&name), copies.path().join(&name)).unwrap();
        }
        copies
    });
    copies.path().join(name).with_extension(std::env::consts::EXE_EXTENSION)
}

/// How a run of `muster` ended.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `muster` with these arguments.
pub(crate) fn muster<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Run {
    run(Command::new(path("muster")).args(arguments))
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Run {
        status: status.code().expect("the program was killed by a signal"),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// Asserts that two folders hold the same; names the files that differ.
pub(crate) fn assert_same(
    one: &std::collections::BTreeMap<String, Vec<u8>>,
    two: &std::collections::BTreeMap<String, Vec<u8>>,
) {
    let names: std::collections::BTreeSet<&String> = one.keys().chain(two.keys()).collect();
    let differ: Vec<_> =
        names.into_iter().filter(|name| one.get(*name) != two.get(*name)).collect();
    assert!(differ.is_empty(), "these differ: {differ:?}");
}

/// Every file below the folder with its content, by relative path, hidden folders left out.
pub(crate) fn tree(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    fn walk(base: &Path, folder: &Path, found: &mut std::collections::BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with('.') {
                continue;
            }
            if path.is_dir() {
                walk(base, &path, found);
            } else {
                let name = path.strip_prefix(base).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = std::collections::BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}
