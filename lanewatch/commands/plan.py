"""`plan`: what would be watched, from where, and what is odd about it. Reads files, no network."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from lanewatch.output.plan import plan_json, plan_text
from lanewatch.spec.loading import load_spec


def run(arguments: Namespace) -> int:
    loaded = load_spec(arguments.spec)
    lane = loaded.lane(arguments.target)
    if arguments.output == "json":
        sys.stdout.write(json.dumps(plan_json(loaded, lane), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write(plan_text(loaded, lane))
    return 0
