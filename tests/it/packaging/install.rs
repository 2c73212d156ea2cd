//! The README's command to install, as it is there, in an empty folder.

use std::process::Command;

use crate::packaging::build_quickly;
use crate::packaging::pre_commit::repository;
use crate::support::pages::blocks_of;

#[test]
fn the_command_of_the_readme_installs_a_working_program() {
    let folder = tempfile::tempdir().unwrap();
    let [project, installed] = ["project", "installed"].map(|part| folder.path().join(part));
    repository(&project);
    let command = &blocks_of("README.md", "sh")[0];
    let path = std::env::var_os("PATH").unwrap();
    let paths = std::iter::once(installed.join("bin")).chain(std::env::split_paths(&path));
    let mut shell = Command::new("bash");
    shell
        .args(["-euc", &format!("{command}publish-plan plan examples/demo.clab.yml")])
        .current_dir(folder.path())
        .env("CARGO_INSTALL_ROOT", &installed)
        .env("PATH", std::env::join_paths(paths).unwrap())
        // What git reads from the address comes from here, without a network.
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", format!("url.{}.insteadOf", project.display()))
        .env("GIT_CONFIG_VALUE_0", env!("CARGO_PKG_REPOSITORY"));
    let output = build_quickly(&mut shell);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("warning[open-to-anyone]") && said.contains("anyone on the Internet"), "{said}");
}
