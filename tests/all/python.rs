//! Python with packages, for checks by tools that are not ours.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Python with `cryptography`, `moto[server]` and `boto3`, from an environment below `target/`, which
/// is made when it is not there.
pub(crate) fn python() -> PathBuf {
    static READY: OnceLock<PathBuf> = OnceLock::new();
    let ready = READY.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let place = test.parent().unwrap().parent().unwrap().parent().unwrap().join("tests-python");
        let python = place.join("bin/python3");
        let works = |python: &Path| {
            let check =
                Command::new(python).args(["-c", "import boto3, cryptography, moto"]).output();
            check.is_ok_and(|output| output.status.success())
        };
        if !works(&python) {
            let made = Command::new("python3").args(["-m", "venv"]).arg(&place).output().unwrap();
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            let installed = Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "boto3", "cryptography", "moto[server]"])
                .output()
                .unwrap();
            assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
            assert!(works(&python), "the packages do not load");
        }
        python
    });
    ready.clone()
}

/// A script of `tests/`.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
