//! The laws of the tests, for libFuzzer.

#![allow(clippy::unwrap_used, dead_code)] // what the tests use beside the laws

#[path = "../../tests/it/robustness/laws.rs"]
mod laws;
#[path = "../../tests/it/support"]
mod support {
    pub(crate) mod program;

    /// Here, nothing runs beside it.
    pub(crate) mod gate {
        pub(crate) fn enter() {}
    }
}

/// Holds the law called `name` against an input.
///
/// # Panics
/// Where it is broken, and where there is no such law.
pub fn hold(name: &str, bytes: &[u8]) {
    let (_, law) = laws::LAWS.iter().find(|(law, _)| *law == name).unwrap();
    law(bytes);
}
