#!/bin/sh
# Writes PREFIX/<full sha> of the branch's head upstream, once: an annotated tag, whose date says when it was made.
# UPSTREAM, BRANCH, PREFIX; the credential, if any, as AUTHORIZATION ("Basic …"): it is in no command line.
set -eu
if [ -n "${AUTHORIZATION:-}" ]; then
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader GIT_CONFIG_VALUE_0="Authorization: $AUTHORIZATION"
fi
head=$(git ls-remote "$UPSTREAM" "refs/heads/$BRANCH" | cut -f1)
[ -n "$head" ] || { echo "no branch $BRANCH" >&2; exit 1; }
ref="$PREFIX/$head"
if git ls-remote --exit-code "$UPSTREAM" "$ref" >/dev/null; then echo "$ref is there"; exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git init -q --bare "$work"
git -C "$work" fetch -q --depth=1 "$UPSTREAM" "$head"
tag=$(printf 'object %s\ntype commit\ntag snapshot-%s\ntagger lane snapshot <lane@invalid> %s +0000\n\nsnapshot\n' \
  "$head" "$head" "$(date +%s)" | git -C "$work" mktag)
git -C "$work" push -q "$UPSTREAM" "$tag:$ref"
echo "wrote $ref"
