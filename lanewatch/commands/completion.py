"""`completion SHELL`: what a shell sources to complete this command line; `completion man`: the manual page.

Stages, drill-downs and targets are those of the spec that is found when the script is written.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import suppress

from lanewatch import __version__
from lanewatch.commands.lane import loaded_spec, selected_lane
from lanewatch.output.command_tree import command_tree, with_words
from lanewatch.output.completions import SHELLS
from lanewatch.output.manual import manual
from lanewatch.output.producers import PRODUCERS
from lanewatch.simulator.faults import known_faults
from lanewatch.simulator.lacking import WITHOUT
from lanewatch.simulator.scenarios import TOLD
from lanewatch.spec.errors import ConfigurationError

Words = dict[str, tuple[str, ...]]


def run(arguments: Namespace) -> int:
    tree = command_tree(arguments.command_line())  # the parser hands itself over: a command does not know its caller
    if arguments.form == "man":
        sys.stdout.write(manual(tree, __version__, arguments.exit_codes))
    else:
        sys.stdout.write(SHELLS[arguments.form](with_words(tree, _words(arguments))))
    return 0


def _words(arguments: Namespace) -> Words:
    """What may stand where the parser itself knows no closed set."""
    words: Words = {
        "demo SCENARIO": tuple(TOLD),
        "demo --fault": tuple(known_faults()),
        "demo --without": tuple(word.partition("=")[0] + ("=" if "=" in word else "") for word in WITHOUT),
        "producers render NAME": tuple(producer.name for producer in PRODUCERS),
    }
    with suppress(ConfigurationError):  # a spec that is not sound has its say in every other command
        lane = selected_lane(arguments)
        stages = tuple(stage.id for stage in lane.stages)
        words |= {
            "--target": tuple(loaded_spec(arguments).lanes),
            "logs STAGE": stages,
            "watch --until": ("done", *stages),
            "get DRILLDOWN": tuple(lane.drilldowns),
        }
    return words
