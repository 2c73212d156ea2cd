# What one does all day; `just --list` shows it. rustfmt does not find the modules of `rules! { … }` by itself, so it gets their names.

# Format, lints and the fast tests
check:
    cargo fmt --check -- src/rules/*.rs
    cargo clippy --all-targets --quiet -- --deny warnings
    cargo test --test it -- check::findings check::rules house:: cli::arguments config:: reports::formats::every reports::positions plan::single_changes::every_setting docs::book::the_book_has

# All tests; those whose programs are missing say SKIPPED
test:
    cargo test

# Format, and take new snapshots and new output into the docs: read them before you commit
fix:
    cargo fmt -- src/rules/*.rs
    INSTA_UPDATE=always UPDATE_DOCS=1 cargo test --test it -- compile::files plan::offers plan::rows check::findings check::rules reports:: docs:: cli::first_steps migrate::strip config::

# Ratios of this machine
bench:
    cargo bench
    benches/instructions.sh

# The book, in target/docs
docs:
    mdbook build --dest-dir ../target/docs docs

# What CI runs
ci:
    .ci/run
