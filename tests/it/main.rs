//! One integration binary; its cases are files.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test says what it expects by unwrapping

mod cli;
mod corpus;
mod findings;
mod hostile;
mod house;
mod oracle;
mod plan;
mod pre_commit;
mod readme;
mod schema;
mod support;
