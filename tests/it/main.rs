//! One integration binary; its cases are files.

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
