//! The first half of the line: a file is read, parsed, and resolved once, whatever is done with it.

use std::sync::Arc;

use super::Settings;
use crate::base::{Finding, Findings, SourceFile};
use crate::provider::Capabilities;
use crate::resolve::{AclReading, Conventions, Lab, resolve};
use crate::syntax::Tree;
use crate::text::{self, Source};
use crate::{model, providers, syntax};

/// A file, as far as it could be read.
pub(super) struct Read<'r> {
    pub(super) file: Arc<SourceFile>,
    /// None if its text cannot be read.
    pub(super) source: Option<&'r Source>,
    /// None if its YAML cannot be read.
    pub(super) topology: Option<Resolved<'r>>,
    /// What is wrong with its text, its YAML, and its keys, in this order.
    pub(super) findings: Findings,
    /// How many of them are about its text.
    pub(super) of_text: usize,
}

/// The topology in a file.
pub(super) struct Resolved<'r> {
    pub(super) tree: &'r Tree<'r>,
    pub(super) lab: &'r Lab<'r>,
    /// What else is wrong with it: values of the wrong shape, and more entries than any lab has; then none of them is there.
    pub(super) findings: Findings,
}

/// Reads the file called `name`, and passes it on: what is read of it refers to its text, which stays here.
pub(super) fn read<T>(name: &str, bytes: Vec<u8>, settings: &Settings, then: impl FnOnce(Read<'_>) -> T) -> T {
    let (file, source, findings) = text::read(name, bytes, &settings.environment);
    let of_text = findings.len();
    let mut read = Read { file, source: None, topology: None, findings, of_text };
    let Some(source) = source else { return then(read) };
    let (tree, syntax_findings) = syntax::parse(&source);
    // An unclosed `${` or a control character can break the YAML after it; that is not a second finding.
    if tree.is_some() || of_text == 0 {
        read.findings.append(syntax_findings);
    }
    let Some(tree) = tree else { return then(Read { source: Some(&source), ..read }) };
    let (topology, model_findings) = model::build(&tree, &source);
    read.findings.append(model_findings);
    let (lab, too_many_entries) = resolve(&topology, &source, &conventions(settings));
    let mut findings = model::structure::check(&tree, &source);
    findings.extend(too_many_entries);
    let resolved = Resolved { tree: &tree, lab: &lab, findings };
    then(Read { source: Some(&source), topology: Some(resolved), ..read })
}

impl<'r> Read<'r> {
    /// The topology, if nothing is wrong with it: nobody knows which of two duplicate keys was meant, and containerlab accepts
    /// neither, so nothing of it is planned or changed otherwise.
    ///
    /// # Errors
    /// What is wrong: with the text, if anything is, otherwise with the rest.
    pub(super) fn sound(self) -> Result<Resolved<'r>, Vec<Finding>> {
        match self.topology {
            Some(topology) if self.findings.is_empty() => Ok(topology),
            _ if self.of_text > 0 => Err(self.findings.into_vec().into_iter().take(self.of_text).collect()),
            _ => Err(self.findings.into_vec()),
        }
    }
}

/// What the providers say about topologies, and how the user wants acls to be read.
fn conventions(settings: &Settings) -> Conventions {
    let kinds = |wanted: fn(&Capabilities) -> bool| {
        let wanted = providers::capabilities().iter().filter(|provider| wanted(provider));
        wanted.filter_map(|provider| provider.node.kind).collect()
    };
    Conventions {
        tunnel_kinds: kinds(|_| true),
        policy_kinds: kinds(|provider| provider.node.makes_policies),
        acl_reading: settings
            .acl_as_identities
            .map(|identities| if identities { AclReading::Identities } else { AclReading::Policies }),
    }
}
