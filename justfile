# What one does all day; `just --list` shows it.

# Format, lints and the fast tests
check:
    cargo fmt --check
    cargo clippy --all-targets --quiet -- --deny warnings
    cargo test --test it -- findings rules house cli config:: report::every docs::the_book_has

# All tests; those whose programs are missing say SKIPPED
test:
    cargo test

# Format, and take new snapshots and new output into the docs: read them before you commit
fix:
    cargo fmt
    INSTA_UPDATE=always UPDATE_DOCS=1 cargo test --test it -- compile:: offers:: findings rules report docs readme first_steps

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
