//! What comes after `compile`: the commands that deploy the lab, open its tunnels, and show how to connect, ready to copy.

use std::fmt::Write as _;
use std::path::Path;

use crate::base::whole;
use crate::plan::Plan;

/// The three commands, and before them the documents that say how the other end must be set up. `topology` is the one for
/// containerlab, with whether it has keys that current containerlab rejects, and `output` is the directory that `compile` wrote, both
/// seen from the current directory; `documents` are the names of those documents.
pub(crate) fn text((topology, is_rejected): (&Path, bool), output: &Path, documents: &[String], plan: &Plan) -> String {
    let mut text = String::new();
    for document in documents {
        let document = whole(&output.join(document).to_string_lossy());
        let _ = writeln!(text, "note: before `up`, the other end must be set up as `{document}` says");
    }
    let (topology, script) = (argument(topology), argument(&output.join("publish.sh")));
    if is_rejected {
        let _ = writeln!(
            text,
            "note: containerlab 0.62+ rejects the `publish:` in {topology}; deploy what `publish-plan strip` prints of it, from its own directory"
        );
    }
    // A name with a variable in it is not shown: the value might be a secret.
    let published = plan.published();
    let socket = published.sockets.iter().find(|socket| socket.shown_name() == socket.name);
    let last = socket.map_or_else(|| "list".to_owned(), |socket| format!("visit {}", word(&socket.name)));
    let _ = writeln!(text, "next, run:\n  containerlab deploy -t {topology}\n  sh {script} up\n  sh {script} {last}");
    text
}

/// A path as a word of a shell's command line, and not as a flag.
fn argument(path: &Path) -> String {
    let path = path.to_string_lossy();
    if path.starts_with('-') { word(&format!("./{path}")) } else { word(&path) }
}

/// A text as a word of a shell's command line.
fn word(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| "NAME".to_owned(), |quoted| whole(&quoted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_and_not_a_flag() {
        assert_eq!(argument(Path::new("labs/l.deploy.yml")), "labs/l.deploy.yml");
        assert_eq!(argument(Path::new("two nodes/publish.sh")), "'two nodes/publish.sh'");
        assert_eq!(argument(Path::new("-l.deploy.yml")), "./-l.deploy.yml");
        assert_eq!(argument(Path::new("$(id);.yml")), "'$(id);.yml'");
        assert_eq!(argument(Path::new("it's.yml")), "\"it's.yml\"");
    }
}
