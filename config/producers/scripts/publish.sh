#!/bin/sh
# The gitops commit: the digest in deploy/WORKLOAD.yaml, the commit in its annotation and in the trailer Source-Commit.
# What the build said of itself is kept beside it, for the rollout that uses the image again.
# GITOPS_URL, GITOPS_BRANCH, WORKLOAD, IMAGE (without digest), DIGEST, COMMIT, ANNOTATION, PROVENANCE (a file), RESULT;
# AUTHORIZATION as in snapshot.sh.
set -eu
if [ -n "${AUTHORIZATION:-}" ]; then
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader GIT_CONFIG_VALUE_0="Authorization: $AUTHORIZATION"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q --depth=1 --branch "$GITOPS_BRANCH" "$GITOPS_URL" "$work"
cd "$work"
file="deploy/$WORKLOAD.yaml"
sed -i -e "s#^\( *image: \).*/${WORKLOAD}[:@].*#\1$IMAGE@$DIGEST#" \
  -e "s#\($ANNOTATION: *\)\"\{0,1\}[0-9a-f]*\"\{0,1\}#\1\"$COMMIT\"#" "$file"
grep -q "$IMAGE@$DIGEST" "$file" || { echo "no image of $WORKLOAD in $file" >&2; exit 1; }
if git diff --quiet "$file"; then
  echo "nothing changes"
  : >"$RESULT"
  exit 0
fi
mkdir -p provenance
cp "$PROVENANCE" "provenance/$WORKLOAD.json"
git add -A
git -c user.name=agentrun-gitops -c user.email=gitops@invalid commit -q \
  -m "deploy $WORKLOAD $(echo "$COMMIT" | cut -c1-12)" -m "Image: $IMAGE@$DIGEST" -m "Source-Commit: $COMMIT"
git push -q origin "HEAD:$GITOPS_BRANCH"
git rev-parse HEAD | tr -d '\n' >"$RESULT"
echo "published $(cat "$RESULT")"
