# oust in an image without a shell, as a user without rights. It runs with --read-only --cap-drop ALL --network none:
#
#   docker build -t oust .
#   docker run --rm --read-only --cap-drop ALL --network none -v "$PWD:/work:ro" oust gate .
#
# --target ci gives the same with a shell, which the runners of GitLab ask for.
FROM golang:1.26.5-bookworm@sha256:1ecb7edf62a0408027bd5729dfd6b1b8766e578e8df93995b225dfd0944eb651 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /oust ./cmd/oust

FROM gcr.io/distroless/static-debian13:debug-nonroot@sha256:2a581fcbda6320d4d17fd6ff4774bb96e4825d2be9c2bca59f0777b429997f51 AS ci
COPY --from=build /oust /usr/local/bin/oust
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/oust"]

FROM gcr.io/distroless/static-debian13:nonroot@sha256:f7f8f729987ad0fdf6b05eeeae94b26e6a0f613bdf46feea7fc40f7bd72953e6
COPY --from=build /oust /usr/local/bin/oust
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/oust"]
