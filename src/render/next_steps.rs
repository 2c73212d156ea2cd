//! What comes after `compile`: the commands that deploy the lab, open its tunnels, and show how to connect, ready to copy.

use std::fmt::Write as _;
use std::path::Path;

use crate::base::whole;
use crate::plan::Plan;

/// What is special about a lab.
#[derive(Clone, Debug, Default)]
pub(crate) struct NextSteps<'s> {
    /// The documents that say how the other end of the tunnels must be set up, seen from the output directory.
    pub(crate) documents: Vec<String>,
    /// Those about running the tunnels in Kubernetes.
    pub(crate) clusters: Vec<String>,
    /// The nodes of the tunnels in the topology, with the directories of their files.
    pub(crate) nodes: Vec<(&'s Path, &'s NodeSteps)>,
}

/// The three commands, and before them the documents that say how the other end must be set up. `topology` is the one for
/// containerlab, with whether it has keys that current containerlab rejects, and `output` is the directory that `compile` wrote, both
/// seen from the current directory.
pub(crate) fn text(
    (topology, is_rejected): (&Path, bool),
    output: &Path,
    steps: &NextSteps<'_>,
    plan: &Plan,
) -> String {
    let mut text = String::new();
    let before = if steps.nodes.is_empty() { "before `up`" } else { "before the lab is deployed" };
    for document in &steps.documents {
        let document = whole(&output.join(document).to_string_lossy());
        let _ = writeln!(text, "note: {before}, the other end must be set up as `{document}` says");
    }
    for document in &steps.clusters {
        let document = whole(&output.join(document).to_string_lossy());
        let _ = writeln!(text, "note: to run the tunnels in Kubernetes, follow `{document}`");
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
    if steps.nodes.is_empty() {
        let _ =
            writeln!(text, "next, run:\n  containerlab deploy -t {topology}\n  sh {script} up\n  sh {script} {last}");
        return text;
    }
    steps.nodes.iter().for_each(|(_, node)| node.notes(&mut text));
    text.push_str("next, run:\n");
    for build in steps.nodes.iter().filter_map(|(folder, node)| node.build(folder)) {
        let _ = writeln!(text, "  {build}");
    }
    let confirmations = steps.nodes.iter().filter_map(|(_, node)| node.confirmation.as_ref());
    let variables: String = confirmations.flat_map(|confirmation| [confirmation.assignment.as_str(), " "]).collect();
    let _ =
        writeln!(text, "  {variables}containerlab deploy -t {topology}\n  sh {script} status\n  sh {script} {last}");
    text
}

/// What to know before a topology with a node of the tunnels is deployed.
#[derive(Clone, Debug)]
pub(crate) struct NodeSteps {
    /// The least version of containerlab.
    pub(crate) least: &'static str,
    /// The image that has to be built first, if one has to.
    pub(crate) built: Option<String>,
    /// What the user must confirm.
    pub(crate) confirmation: Option<Confirmed>,
    /// The files of secrets that do not exist.
    pub(crate) missing: Vec<String>,
}

/// What the user confirms, and how.
#[derive(Clone, Debug)]
pub(crate) struct Confirmed {
    /// A variable and its value: `ACCESS_TAKEN=0123456789ab`.
    pub(crate) assignment: String,
    /// What must be true first, as text.
    pub(crate) what: &'static str,
}

impl NodeSteps {
    /// What must be done before the copy is deployed, if the image and the secrets were not prepared.
    pub(crate) fn before_deploy(&self, output: &Path) -> String {
        let mut text = String::new();
        self.notes(&mut text);
        if let Some(build) = self.build(output) {
            let _ =
                writeln!(text, "note: unless this was done already, build the image of its client first: `{build}`");
        }
        text
    }

    /// The command that builds the client's image, if it has to be built.
    fn build(&self, output: &Path) -> Option<String> {
        self.built.as_ref().map(|image| format!("docker build -t {image} {}", argument(output)))
    }

    fn notes(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "note: the tunnels open and close with the lab; this needs containerlab {} or newer (`containerlab version`)",
            self.least
        );
        for missing in &self.missing {
            let missing = whole(missing);
            let _ = writeln!(text, "note: there is no file `{missing}` yet, and the tunnels do not open without it");
        }
        if let Some(Confirmed { assignment, what }) = &self.confirmation {
            let _ = writeln!(
                text,
                "note: set `{assignment}` once {what}; without it, the tunnels stay closed (with `sudo`, write it after `sudo`)"
            );
        }
    }
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
