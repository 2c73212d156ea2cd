//! Completions in real shells, and manual pages through a real formatter.

use std::path::Path;
use std::process::{Command, Output};

use crate::check::rules::{name, table};
use crate::support::pages::{path, text};
use crate::support::{program, run};

/// A shell with its completions where docs/src/shells.md puts them: its program, and a home that only it has.
fn set_up(name: &str, shell: &str) -> Option<(String, tempfile::TempDir)> {
    let program = program(shell, &shell.to_uppercase(), &["--version"])?;
    let page = text("docs/src/shells.md");
    let row =
        page.lines().find(|line| line.starts_with(&format!("| {name}")) && line.contains("completions ")).unwrap();
    let command = row.split('`').rev().nth(1).unwrap();
    let home = tempfile::tempdir().unwrap();
    let done = asked(&program, home.path(), &["-c", command]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some((program, home))
}

fn asked(program: &str, home: &Path, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join(".config"))
        .env("XDG_DATA_HOME", home.join(".local/share"))
        .env("PATH", path())
        .env("TERM", "dumb")
        .output()
        .unwrap()
}

/// What may stand behind some words of a command line, and what has to be offered there.
fn wanted() -> Vec<(&'static str, Vec<String>)> {
    let of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let malformed = table()
        .iter()
        .map(|rule| name(rule).to_owned())
        .filter(|rule| rule.starts_with("malformed-"))
        .collect::<Vec<_>>();
    assert!(malformed.len() > 3);
    vec![
        ("publish-plan comp", of(&["compile", "completions"])),
        ("publish-plan explain malformed-", malformed.clone()),
        ("publish-plan check --ignore malformed-", malformed),
        ("publish-plan compile --provider tail", of(&["tailscale", "tailscale-funnel"])),
        ("publish-plan check --format s", of(&["sarif"])),
        ("publish-plan plan --format mark", of(&["markdown"])),
        ("publish-plan check --force-e", of(&["--force-exclude"])),
    ]
}

#[test]
fn bash_completes() {
    let Some((bash, home)) = set_up("bash", "bash") else { return };
    for (line, wanted) in wanted() {
        let words: Vec<&str> = line.split(' ').collect();
        let script = format!(
            "source ~/.local/share/bash-completion/completions/publish-plan\n\
             COMP_WORDS=({line}) COMP_CWORD={} COMP_LINE='{line}' COMP_POINT={}\n\
             function=$(complete -p publish-plan | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n\
             \"$function\" publish-plan '{}' '{}'\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.len() - 1,
            line.len(),
            words[words.len() - 1],
            words[words.len() - 2],
        );
        let output = asked(&bash, home.path(), &["--norc", "--noprofile", "-c", &script]);
        let offered = String::from_utf8(output.stdout).unwrap();
        let offered: Vec<&str> = offered.lines().map(str::trim).collect();
        assert_eq!(offered, wanted, "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn fish_completes() {
    let Some((fish, home)) = set_up("fish", "fish") else { return };
    for (line, wanted) in wanted() {
        let output = asked(&fish, home.path(), &["-c", &format!("complete --do-complete '{line}'")]);
        let offered = String::from_utf8(output.stdout).unwrap();
        let offered: Vec<&str> = offered.lines().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!(offered, wanted, "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// In a terminal of its own, as people type.
#[test]
fn zsh_completes() {
    let Some((zsh, home)) = set_up("zsh", "zsh") else { return };
    for (line, wanted) in wanted() {
        let script = format!(
            "zmodload zsh/zpty\n\
             zpty shell {zsh} -f -i\n\
             zpty -w shell 'PS1=; fpath+=({home}/.zfunc); autoload -U compinit; compinit -u -D; zstyle \":completion:*\" list-prompt \"\"; LISTMAX=0; stty cols 300 rows 300; print re\"\"ady'\n\
             zpty -r -m shell text '*ready*'\n\
             zpty -w -n shell $'{line}\\t\\t'\n\
             sleep 2\n\
             while zpty -r -t shell text; do printf '%s' $text; done",
            home = home.path().display(),
        );
        let output = asked(&zsh, home.path(), &["-f", "-c", &script]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        for word in wanted {
            assert!(
                said.contains(&word),
                "{line}: {word} is not in\n{said}\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

#[test]
fn elvish_completes() {
    let Some((elvish, home)) = set_up("elvish", "elvish") else { return };
    // `edit:` is there on a terminal only: this is the part of it that is used.
    let script = std::fs::read_to_string(home.path().join(".config/elvish/rc.elv")).unwrap();
    let asks = format!(
        "var edit: = (ns [&completion:=(ns [&arg-completer=[&]]) &complex-candidate~={{|text &display='' &code-suffix='' &display-suffix=''| put $text}}])\n\
         {script}\n$edit:completion:arg-completer[publish-plan] publish-plan check '' | each {{|it| echo $it}}"
    );
    let output = asked(&elvish, home.path(), &["-norc", "-c", &asks]);
    let offered = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        offered.lines().any(|word| word == "--force-exclude"),
        "{offered}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn powershell_has_a_script() {
    let script = run(&["completions", "powershell"]).stdout;
    assert!(script.contains("Register-ArgumentCompleter") && script.contains("'--force-exclude'"), "{script}");
}

#[test]
fn manual_pages_are_for_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(&["man", "--output", folder.path().to_str().unwrap()]);
    assert_eq!(done.exit, publish_plan::Exit::Clean, "{}", done.stderr);
    let mut pages: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    assert!(
        pages.contains(&"publish-plan.1".to_owned()) && pages.contains(&"publish-plan-compile.1".to_owned()),
        "{pages:?}"
    );
    let check = std::fs::read_to_string(folder.path().join("publish-plan-check.1")).unwrap();
    assert_eq!(check, run(&["man", "check"]).stdout);
    let unknown = run(&["man", "chekc"]);
    assert_eq!(unknown.exit, publish_plan::Exit::Failed);
    assert!(unknown.stderr.contains("did you mean `check`?"), "{}", unknown.stderr);
    let Some(groff) = program("groff", "GROFF", &["--version"]) else { return };
    for page in pages {
        let page = folder.path().join(page);
        let output = Command::new(&groff).args(["-Kutf8", "-man", "-Tutf8", "-ww"]).arg(&page).output().unwrap();
        let (shown, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(
            output.status.success() && said.is_empty() && shown.contains("\n       publish-plan"),
            "{}: {said}",
            page.display()
        );
    }
}
