# The program and nothing else, not as root. `BINARY` is a static one:
#   RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --target x86_64-unknown-linux-gnu
#   docker build --build-arg BINARY=target/x86_64-unknown-linux-gnu/release/publish-plan --tag publish-plan .
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/labs" publish-plan check
FROM scratch
ARG BINARY=publish-plan
COPY ${BINARY} /publish-plan
USER 65534:65534
WORKDIR /labs
ENTRYPOINT ["/publish-plan"]
