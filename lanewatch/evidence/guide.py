"""What stands in every bundle for whoever opens it without lanewatch."""

from __future__ import annotations

TEXT = """\
What lanewatch saw of one commit on its way through a delivery lane.

  summary.txt summary.json summary.md   the rollout at the instant of the export
  timeline.svg                          the stages against their budgets
  journal.jsonl                         every observation, each line chained to the one before
  coverage.json                         what proves each required evidence item; provenance, field by field
  trace.json                            the stages as OpenTelemetry spans (OTLP/JSON)
  clocks.json                           how far each system's clock was off
  index.json                            the lane as resolved, tools, and what lies in objects/, logs/ and spec/

To check it without lanewatch, in the folder above this one (bag of RFC 8493):

  sha256sum --check --strict tagmanifest-sha256.txt
  sha256sum --check --strict manifest-sha256.txt
  find data -type f | LC_ALL=C sort | diff - <(cut -c67- manifest-sha256.txt)

The chain of the journal; prints nothing where it holds, else the first line that breaks it:

  prev=$(printf '0%.0s' $(seq 64)); while IFS= read -r line; do
    body=$(jq -r .body <<<"$line"; echo x); body=${body%?x}
    hash=$(printf %s "$prev$body" | sha256sum | cut -c1-64)
    [ "$(jq -r '.prev + .hash' <<<"$line")" = "$prev$hash" ] || { echo "broken: $line"; break; }
    prev=$hash
  done < data/journal.jsonl; grep -q "$prev" statement.json || echo "another head"

If there is a signature, with the signer's line (NAME KEY) in a file `signers`:

  ssh-keygen -Y verify -n lanewatch-evidence -f signers -I NAME \\
    -s tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt

A signature proves who exported this, not that the systems told the truth.
"""
