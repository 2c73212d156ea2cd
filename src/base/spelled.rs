/// A word of a topology, and how messages spell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spelled {
    /// What it is. It may come from the environment.
    pub value: String,
    /// What messages may show: never a value of the environment.
    pub shown: String,
}

impl Spelled {
    /// Whether it contains no variable.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.value == self.shown
    }
}
