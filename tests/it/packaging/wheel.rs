//! The wheel, built by pip with maturin as users build it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::packaging::build_quickly;
use crate::support::{program, root, skip};

fn pip(python: &Path) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
    pip
}

/// A fresh environment of Python, and its interpreter.
pub(crate) fn environment() -> Option<(tempfile::TempDir, PathBuf)> {
    let python = program("python3", "PYTHON", &["-c", "import venv, ensurepip"])?;
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(python).args(["-m", "venv"]).arg(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let bin = folder.path().join(if cfg!(windows) { "Scripts" } else { "bin" });
    Some((folder, bin.join("python")))
}

/// A folder with the wheel of this project; built once.
pub(crate) fn wheel() -> Option<&'static Path> {
    static WHEEL: OnceLock<Option<PathBuf>> = OnceLock::new();
    let wheel = WHEEL.get_or_init(|| {
        let (_folder, python) = environment()?;
        let wheels = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wheels");
        let _ = std::fs::remove_dir_all(&wheels);
        let mut pip = pip(&python);
        pip.args(["wheel", "--no-deps", "--wheel-dir", wheels.to_str().unwrap(), root().to_str().unwrap()]);
        let built = build_quickly(&mut pip);
        let said = String::from_utf8_lossy(&built.stderr).into_owned();
        if said.contains("No matching distribution found for maturin") {
            return None; // PyPI is out of reach, where maturin comes from
        }
        assert!(built.status.success(), "{said}");
        Some(wheels)
    });
    if wheel.is_none() {
        skip("no wheel could be built: it takes python3 with venv, and PyPI");
    }
    wheel.as_deref()
}

#[test]
fn an_installed_wheel_is_a_working_program() {
    let (Some(wheels), Some((_folder, python))) = (wheel(), environment()) else { return };
    let wanted = ["install", "--no-index", "--find-links", wheels.to_str().unwrap(), "publish-plan"];
    let installed = pip(&python).args(wanted).output().unwrap();
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
    let installed = python.parent().unwrap().join("publish-plan");
    let run = |arguments: &[&str]| {
        let output = Command::new(&installed).args(arguments).current_dir(root()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(run(&["--version"]), (Some(0), format!("publish-plan {}\n", env!("CARGO_PKG_VERSION"))));
    let (code, said) = run(&["check", "tests/cases/findings/malformed-entry.clab.yml"]);
    assert!(code == Some(1) && said.contains("error[malformed-entry]"), "{said}");
    let names: Vec<_> = std::fs::read_dir(wheels).unwrap().map(|wheel| wheel.unwrap().file_name()).collect();
    let name = names[0].to_str().unwrap();
    assert!(names.len() == 1 && name.starts_with("publish_plan-") && name.contains("-py3-none-"), "{names:?}");
    if let Some(uvx) = program("uvx", "UVX", &["--version"]) {
        let output = Command::new(uvx)
            .args(["--offline", "--no-cache", "--no-index", "--find-links"])
            .arg(wheels)
            .args(["publish-plan", "--version"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
