//! publish-plan checks the `publish:` entries of containerlab topologies and plans the tunnels for them.
//!
//! # The line
//!
//! ```text
//! bytes ─text─▶ Source ─syntax─▶ Tree ─model─▶ Topology ─resolve─▶ Lab ─expose─▶ Exposures ─rules─▶ findings ─triage─▶ shown ─render─▶ text
//!                                                     provider ──────┘   └──plan──▶ Plan ─providers─▶ artifacts ─emit─▶ files
//! ```
//!
//! Each arrow is one function: what is on its left goes in, what is on its right comes out, plus findings. None of them prints,
//! exits, or reads the clock or the environment; what they need is passed to them. [`examine`] runs all of them on a file;
//! [`run`] is the program.
//!
//! # Examples
//!
//! What is wrong with a topology, and who could connect to what it publishes:
//!
//! ```
//! use publish_plan::{LabFiles, Settings, capabilities, examine};
//!
//! let topology = "\
//! name: lab
//! topology:
//!   nodes:
//!     r1:
//!       kind: linux
//!       publish: [tls/22/user@example.com, http/80]
//! ";
//! let provider = capabilities().iter().copied().find(|provider| provider.name == Some("border0"));
//! let settings = Settings { provider, ..Settings::default() };
//! let examined = examine(LabFiles::topology("lab.clab.yml", topology.into()), &settings, true);
//!
//! for file in &examined.files {
//!     for finding in &file.findings {
//!         let position = file.file.position(finding.start());
//!         println!("{}:{}: {} [{}]", position.line, position.column, finding.message, finding.rule.name);
//!     }
//! }
//! let plan = examined.plan.expect("the file is a topology");
//! for socket in &plan.sockets {
//!     println!("{}: {}", socket.name, socket.audience);
//! }
//! assert_eq!(plan.sockets[0].audience.to_string(), "user@example.com");
//! ```
//!
//! What a command line would do, without a process:
//!
//! ```
//! use publish_plan::{Exit, Streams, Terminal, run};
//!
//! let (mut stdin, mut stdout, mut stderr) = ("topology: {}".as_bytes(), Vec::new(), Vec::new());
//! let terminal = Terminal::default();
//! let mut streams = Streams { stdin: &mut stdin, stdout: &mut stdout, stderr: &mut stderr, terminal };
//! let exit = run(["publish-plan", "check", "-", "--no-config"].map(Into::into), [], &mut streams);
//! assert_eq!(exit, Exit::Clean);
//! ```

mod base;
mod cli;
mod editor;
mod emit;
mod expose;
mod model;
mod pipeline;
mod plan;
mod provider;
mod providers;
mod render;
mod resolve;
mod rules;
mod settings;
mod syntax;
mod text;
mod triage;

pub use base::{
    Acl, Applicability, Edit, Elsewhere, Finding, Fix, Label, Overlap, Position, Rule, Severity, SocketType,
    SourceFile, Span, Spelled, apply,
};
pub use cli::{Exit, Streams, Terminal, run, settings_schema};
pub use pipeline::{Examined, ExaminedFile, LabFiles, NamedFile, Settings, examine, strip};
pub use plan::{Count, Counts, DoorKind, LabContext, Origin, OtherDoor, Plan, PlannedSocket, Shown, Through};
pub use provider::{
    Audience, Capabilities, Carriage, Domain, ExposeOptions, Fit, HostNames, HostTemplate, InvalidFit, InvalidJumpHost,
    InvalidName, InvalidPlace, InvalidRelay, InvalidSubscription, JumpHost, Login, NodeAddress, Pattern, Pins,
    RelayPorts, Route, Routing, Subscription,
};
pub use providers::capabilities;
pub use text::{Environment, EnvironmentFileError, Variable};

/// What the tests, benchmarks, and fuzz targets of this repository use. It is not for callers: it changes without notice.
#[doc(hidden)]
pub mod testing {
    pub use crate::base::AclKind;
    pub use crate::syntax::entry::{Entry, TroubleKind, canonical, parse as parse_entry};
    pub use crate::syntax::{Node, NodeId, Tree, parse as parse_tree};
    pub use crate::text::{Place, Source, read, substitute};
}
