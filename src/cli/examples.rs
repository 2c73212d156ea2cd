//! The examples at the end of `--help` and of manual pages. A test runs every command.

pub(super) const PROGRAM: &str = "\
Examples:
  # Check every topology in this directory and below
  publish-plan check
  # Write a small example lab and a settings file
  publish-plan init --example demo";

pub(super) const CHECK: &str = "\
Examples:
  # Check every topology in this directory and below, and fail on warnings too
  publish-plan check --fail-on warning
  # Fix what can be fixed safely, and show the rest
  publish-plan check --fix lab.clab.yml";

pub(super) const PLAN: &str = "\
Examples:
  # Show the sockets of the topology in this directory
  publish-plan plan
  # Show what changed since the last commit, and for whom
  publish-plan plan lab.clab.yml --against HEAD";

pub(super) const LSP: &str = "\
Examples:
  # What an editor runs
  publish-plan lsp
  # The same with another provider than the settings name
  publish-plan lsp --provider gateway";

pub(super) const COMPILE: &str = "\
Examples:
  # Write the files that run the tunnels of the topology in this directory
  publish-plan compile --provider tailscale
  # In CI, fail if these files are out of date
  publish-plan compile --provider tailscale --check lab.clab.yml";

pub(super) const UP: &str = "\
Examples:
  # Open the tunnels of the lab in this directory, for four hours
  publish-plan up --provider tailscale --for 4h
  # Deploy the lab first, and open it without asking
  publish-plan up --provider tailscale --deploy --yes lab.clab.yml";

pub(super) const DOWN: &str = "\
Examples:
  # Close the tunnels of the lab in this directory
  publish-plan down
  # Close those of another lab
  publish-plan down lab.clab.yml";

pub(super) const STATUS: &str = "\
Examples:
  # Show what is up of the lab in this directory
  publish-plan status
  # The same for a program
  publish-plan status --json lab.clab.yml";

pub(super) const VISIT: &str = "\
Examples:
  # Show how to connect to a node of the lab in this directory
  publish-plan visit r1
  # Show it for one port of a node of another lab
  publish-plan visit lab.clab.yml r1:22";

pub(super) const LOGS: &str = "\
Examples:
  # Follow the log of the tunnel client of the lab in this directory
  publish-plan logs --follow
  # Show the lines about one socket of another lab
  publish-plan logs lab.clab.yml r1:22";

pub(super) const VERIFY: &str = "\
Examples:
  # Try the sockets of the lab in this directory, as nobody
  publish-plan verify
  # Also as a person, with an ssh key that has a certificate
  publish-plan verify --as user@domain.com --key ~/.ssh/id_ed25519";

pub(super) const PS: &str = "\
Examples:
  # List the labs that are open from this account
  publish-plan ps
  # The same for a program
  publish-plan ps --json";

pub(super) const INVITE: &str = "\
Examples:
  # Print a mail for one visitor of the topology in this directory
  publish-plan invite --for user@domain.com
  # Say until when the lab is open
  publish-plan invite --for user@domain.com --until Friday lab.clab.yml";

pub(super) const INIT: &str = "\
Examples:
  # Write publish-plan.toml to a new directory, with a lab to try it on
  publish-plan init --example demo
  # Write an entries file for a topology that is to stay as it is
  publish-plan init --entries lab.clab.yml";

pub(super) const EXPLAIN: &str = "\
Examples:
  # Read why a finding matters and how to fix it
  publish-plan explain open-to-anyone
  # Keep the colors in a file
  publish-plan explain malformed-entry --color always > malformed-entry.txt";

pub(super) const RULES: &str = "\
Examples:
  # List every rule with its severity
  publish-plan rules
  # The same for a program
  publish-plan rules --format json";

pub(super) const MIGRATE: &str = "\
Examples:
  # Show what would change
  publish-plan migrate lab.clab.yml --diff
  # Move the entries into lab.publish.yml
  publish-plan migrate lab.clab.yml --to entries --in-place";

pub(super) const STRIP: &str = "\
Examples:
  # Write a copy that current containerlab can deploy
  publish-plan strip lab.clab.yml > lab.deploy.yml
  # The same for a topology from another program
  cat lab.clab.yml | publish-plan strip - > lab.deploy.yml";

pub(super) const PROVIDERS: &str = "\
Examples:
  # Show everything about one provider
  publish-plan providers frp
  # Show which providers could carry a topology
  publish-plan providers --for lab.clab.yml";

pub(super) const COMPLETIONS: &str = "\
Examples:
  # Complete commands in this session of bash
  eval \"$(publish-plan completions bash)\"
  # Complete commands in fish from now on
  publish-plan completions fish > ~/.config/fish/completions/publish-plan.fish";

pub(super) const MAN: &str = "\
Examples:
  # Write the page of a command to a file
  publish-plan man compile > publish-plan-compile.1
  # Install all pages for this user
  publish-plan man --output ~/.local/share/man/man1";
