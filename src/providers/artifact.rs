/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Its name, without a folder.
    pub name: String,
    /// Its whole text.
    pub text: String,
    /// It is a program.
    pub is_executable: bool,
}

impl Artifact {
    /// A file to read.
    pub(crate) fn new(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), text, is_executable: false }
    }

    /// A file to run.
    pub(crate) fn program(name: &str, text: String) -> Self {
        Self { is_executable: true, ..Self::new(name, text) }
    }
}
