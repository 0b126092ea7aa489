# The image of every step that is no build: git, python3 with ruamel.yaml, kubectl.
FROM alpine:3.22
RUN apk add --no-cache git kubectl python3 py3-ruamel.yaml && adduser -D -u 1000 lane
USER 1000
