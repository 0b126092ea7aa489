"""`completion SHELL`: what a shell sources to complete this command line; `completion man`: the manual page."""

from __future__ import annotations

import sys
from argparse import Namespace

from lanewatch import __version__
from lanewatch.output.command_tree import command_tree
from lanewatch.output.completions import SHELLS
from lanewatch.output.manual import manual


def run(arguments: Namespace) -> int:
    tree = command_tree(arguments.command_line())  # the parser hands itself over: a command does not know its caller
    if arguments.form == "man":
        sys.stdout.write(manual(tree, __version__, arguments.exit_codes))
    else:
        sys.stdout.write(SHELLS[arguments.form](tree))
    return 0
