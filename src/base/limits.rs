//! How large a topology may be: larger than any lab, and smaller than what uses up a machine's memory. Each limit has a finding,
//! and the page of its rule gives the number (tests/it/check/advice.rs).

/// The longest name of a node or a lab, in bytes: containerlab makes directories of both, and no file system has longer names.
pub(crate) const LONGEST_NAME: usize = 255;

/// Entries in the file, duplicates included.
pub(crate) const MOST_ENTRIES: usize = 350_000;

/// The number of findings kept per file. Nobody reads that many, and a small file can have millions.
pub(crate) const MOST_FINDINGS: usize = 30_000;

/// Nodes, kinds and groups together. Real labs have tens, the largest a thousand.
pub(crate) const MOST_LEVELS: usize = 125_000;

/// Pairs that merges may produce in one file. Real topologies stay below a few thousand.
pub(crate) const MOST_MERGED_PAIRS: usize = 1_000_000;

/// People named for all sockets of a plan together: an inherited acl counts once for each node.
pub(crate) const MOST_NAMED: usize = 50_000;

/// Entries of all nodes together, inherited ones counted for each node. Real labs have tens.
pub(crate) const MOST_PUBLISHED: usize = 100_000;

/// Sockets of a plan. Real labs have tens; a lab of a thousand nodes, some thousands.
pub(crate) const MOST_SOCKETS: usize = 4_000;

/// Keys, values and items of a file. The largest real labs have a hundred thousand.
pub(crate) const MOST_VALUES: usize = 2_500_000;

/// Host ports of all nodes together, inherited ones counted for each node. Real labs have tens; a host has 65,535 ports of each protocol.
pub(crate) const MOST_HOST_PORTS: usize = 20_000;

/// Distinct entries and the people named in them, together.
pub(crate) const MOST_WORDS: usize = 75_000;

/// Bytes of the entries of all sockets of a plan together, as they are written: an inherited one counts once for each node.
pub(crate) const MOST_WRITTEN: usize = 4_000_000;

/// Routes of a settings file: each is compared with each socket.
pub(crate) const MOST_ROUTES: usize = 1_000;
