//! The pages that people read, README.md and those of the book in docs/: their fenced blocks, and a folder to run them in.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{files_below, root};

/// Where the project's files are to be read on the web.
const ON_THE_WEB: &str = "https://github.com/publish-plan/publish-plan/blob/main/";

/// How wide a terminal is in the book.
pub(crate) const COLUMNS: usize = 80;

/// A fenced block: the word behind its fence, and its lines.
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
}

/// A file of the project, by its path from the project's folder.
pub(crate) fn text(page: &str) -> String {
    std::fs::read_to_string(root().join(page)).unwrap()
}

/// README.md and every page of the book, by their paths from the project's folder.
pub(crate) fn all() -> Vec<String> {
    let book = files_below(&root().join("docs/src"))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "md"));
    let book = book.map(|file| file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"));
    std::iter::once("README.md".to_owned()).chain(book).collect()
}

/// The fenced blocks of a page.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(Block, usize)> = None;
    for line in text(page).lines() {
        match (&mut open, fence(line)) {
            (None, Some((ticks, language))) => {
                open = Some((Block { language: language.to_owned(), text: String::new() }, ticks));
            }
            (Some((_, opened)), Some((ticks, _))) if ticks == *opened => {
                blocks.extend(open.take().map(|(block, _)| block));
            }
            (Some((block, _)), _) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a block is not closed");
    blocks
}

/// How many back-ticks a fence has, and the word behind it. A block that holds a fence has a longer one.
fn fence(line: &str) -> Option<(usize, &str)> {
    let word = line.trim_start_matches('`');
    let ticks = line.len() - word.len();
    (ticks >= 3).then_some((ticks, word))
}

/// The text of a page's blocks of a language.
pub(crate) fn blocks_of(page: &str, language: &str) -> Vec<String> {
    blocks(page).into_iter().filter(|block| block.language == language).map(|block| block.text).collect()
}

/// The lines of a block that its reader copies. In a `console` block these are the commands, with their here-documents, but
/// not the output.
pub(crate) fn written(block: &Block) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut end = None;
    let mut is_continued = false;
    for line in block.text.lines() {
        let is_command = line.starts_with("$ ") || is_continued;
        if block.language != "console" || is_command || end.is_some() {
            lines.push(line);
        }
        if end == Some(line) {
            end = None;
        } else if let Some((_, word)) = line.split_once("<<").filter(|_| is_command) {
            end = word.split_whitespace().next();
        }
        is_continued = is_command && line.ends_with('\\');
    }
    lines
}

/// What the commands of a page look at, in a folder of its own: some of them write.
pub(crate) fn scratch() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["examples", "tests/cases/findings"] {
        let from = root().join(part);
        std::fs::create_dir_all(folder.path().join(part)).unwrap();
        for file in files_below(&from) {
            std::fs::copy(&file, folder.path().join(part).join(file.file_name().unwrap())).unwrap();
        }
    }
    // What somebody has cloned who wants to share it.
    let theirs = folder.path().join("srl-telemetry-lab");
    std::fs::create_dir(&theirs).unwrap();
    std::fs::copy(root().join("tests/cases/theirs/st.clab.yml"), theirs.join("st.clab.yml")).unwrap();
    folder
}

/// PATH with the program that is tested in front.
pub(crate) fn path() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_publish-plan"));
    format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap())
}

/// Runs a command as a page has it: what it prints, both streams in one, and its exit code.
pub(crate) fn shell(folder: &Path, command: &str) -> (String, Option<i32>) {
    let script = format!("exec 2>&1\n{command}");
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder)
        .env("PATH", path())
        .env("COLUMNS", COLUMNS.to_string())
        .env("HOME", folder)
        .output()
        .unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

/// A page with what its `console` blocks print today in place of what they say: a line `$ command`, with the lines that continue it
/// after a backslash and those of its here-document, and then its output.
pub(crate) fn played(page: &str) -> String {
    let folder = scratch();
    let mut played = String::new();
    let text = text(page);
    let mut lines = text.lines().peekable();
    let (mut is_console, mut opened) = (false, 0);
    while let Some(line) = lines.next() {
        played.push_str(line);
        played.push('\n');
        if let Some((ticks, language)) = fence(line) {
            (is_console, opened) = (language == "console", ticks);
            continue;
        }
        let Some(command) = line.strip_prefix("$ ").filter(|_| is_console) else {
            assert!(!is_console, "{page}: expected a command: {line}");
            continue;
        };
        let mut command = command.to_owned();
        while command.ends_with('\\') {
            let line = lines.next().unwrap_or_else(|| panic!("{page}: a command ends with a backslash"));
            command = format!("{command}\n{line}");
            played.push_str(line);
            played.push('\n');
        }
        if let Some((_, end)) = command.lines().last().and_then(|line| line.split_once("<<")) {
            let end = end.to_owned();
            for line in lines.by_ref() {
                command.push('\n');
                command.push_str(line);
                played.push_str(line);
                played.push('\n');
                if line == end {
                    break;
                }
            }
        }
        let is_end = |line: &str| fence(line).is_some_and(|(ticks, _)| ticks == opened);
        while lines.next_if(|line| !line.starts_with("$ ") && !is_end(line)).is_some() {}
        let (output, _) = shell(folder.path(), &command);
        let output = output.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        if !output.trim_end().is_empty() {
            played.push_str(output.trim_end());
            played.push('\n');
        }
    }
    played
}

/// Commands whose output may be wider: what they print is made for programs, one line per row or per finding, or is a generated file
/// whose comments are not folded.
const WIDE: [&str; 7] = [
    "--format concise",
    "--format github-comment",
    "--format markdown",
    "cat with-border0/border0.yaml",
    "cat with-ngrok/ngrok.yml",
    // A mail with commands to copy.
    "publish-plan invite identity.clab.yml --for",
    // One word of the shell.
    "sed -i 's|- tls/57400/.*|- tls/57400  # publish-plan: ignore[open-to-anyone]",
];

/// What the book shows of a terminal fits one of 80 columns: nobody scrolls sideways to see who gets in.
#[test]
fn what_a_terminal_shows_fits_it() {
    let mut unused: Vec<&str> = WIDE.to_vec();
    for page in all() {
        for block in blocks_of(&page, "console") {
            let mut command = String::new();
            for line in block.lines() {
                if line.starts_with("$ ") {
                    command.clear();
                }
                if line.starts_with("$ ") || command.ends_with('\\') {
                    command.push_str(line);
                }
                // An image with its digest is one word in the column after its name.
                let is_image = line.starts_with("image") && line.contains("@sha256:") && !line.ends_with(')');
                let is_word = is_image || !line.trim().contains(' ');
                if line.chars().count() <= COLUMNS || is_word {
                    continue;
                }
                let known = WIDE.iter().find(|known| command.contains(**known));
                let known = known.unwrap_or_else(|| panic!("{page}: wider than {COLUMNS} columns: {line}"));
                unused.retain(|other| other != known);
            }
        }
    }
    assert!(unused.is_empty(), "nothing is wide there: {unused:?}");
}

/// Holds what a file has against what it should have; `UPDATE_DOCS=1 cargo test` writes it.
pub(crate) fn hold(page: &str, should: &str) {
    let has = text(page);
    if has == should {
        return;
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join(page), should).unwrap();
        return;
    }
    let diff = similar::TextDiff::from_lines(&has, should).unified_diff().header(page, "as it is").to_string();
    panic!("{diff}\nUPDATE_DOCS=1 cargo test writes it");
}

/// The page that a link of another leads to, and the part of it behind `#`; none for an address on the web.
pub(crate) fn target(page: &str, link: &str) -> Option<(PathBuf, String)> {
    let (file, part) = link.split_once('#').unwrap_or((link, ""));
    let here = root().join(page);
    let file = match file.strip_prefix(ON_THE_WEB) {
        Some(file) => root().join(file),
        None if file.contains("://") => return None,
        None if file.is_empty() => here,
        None => here.parent().unwrap().join(file),
    };
    Some((file, part.to_owned()))
}
