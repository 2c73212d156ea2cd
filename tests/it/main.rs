//! One integration binary; its cases are files.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test says what it expects by unwrapping

mod against;
mod artifacts;
mod audience;
mod bore;
mod cli;
mod compile;
mod compose;
mod config;
mod corpus;
mod differential;
mod disk;
mod faults;
mod findings;
mod fix;
mod fold;
mod frp;
mod fuzz;
mod hostile;
mod hostile_values;
mod house;
mod laws;
mod migrate;
mod mutate;
mod offers;
mod oracle;
mod plan;
mod pre_commit;
mod program;
mod readme;
mod relay;
mod report;
mod rules;
mod schema;
mod secrets;
mod services;
mod stage;
mod stand_ins;
mod strip;
mod support;
mod suppress;
mod yaml_v2;
