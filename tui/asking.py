"""Keys that ask something first: which commit, which value, what note, which command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textual.screen import Screen

from tui import wording
from tui.screens.lane_screen import LaneScreen
from tui.watching import WatchingApp

if TYPE_CHECKING:  # what asks is loaded when it is asked
    from lanewatch.rollout.gate.build_log import BuildLog
    from tui.screens.chooser import Chooser
    from tui.screens.text import TextScreen


LONGEST_SAID = 300  # characters of a copied text that are shown
UNCUT = 10_000  # columns: the screen wraps


class Asking(WatchingApp, inherit_bindings=False):
    """Questions over the screen, and what is done with the answers."""

    @property
    def _lane_screen(self) -> LaneScreen | None:
        screen: Screen[object] = self.screen
        return screen if isinstance(screen, LaneScreen) else None

    def on_text_screen_wanted(self, message: TextScreen.Wanted) -> None:
        self._copy(message.text)

    def say(self, text: str, *, severity: Literal["information", "error"] = "information") -> None:
        """A word that goes by itself. Never markup: it may hold what was read."""
        self.notify(text, markup=False, severity=severity)

    def action_copy(self) -> None:
        """Which value; Enter puts it into the terminal's clipboard (OSC 52)."""
        if self._lane_screen is None:
            return
        from tui.screens.choices import value_chooser

        values = list(self._lane_screen.values())

        def copy(answer: str | None) -> None:
            if answer is not None:
                self._copy(values[int(answer)][1])

        self.push_screen(value_chooser(values), copy)

    def action_copy_command(self) -> None:
        from tui.commands import equivalent

        rollout, screen = self.rewind.rollout(), self._lane_screen
        stage_id, pane = (screen.stage_id, screen.pane) if screen is not None else ("", None)
        self._copy(equivalent(self.settings.command, rollout.target, rollout.commit, stage_id, pane))

    def action_addresses(self) -> None:
        """The web pages of the stage; Enter copies one."""
        from tui.addresses import addresses
        from tui.screens.choices import address_chooser

        rollout, screen = self.rewind.rollout(), self._lane_screen
        stage = rollout.stage(screen.stage_id) if screen is not None else None
        if stage is None:
            return

        def copy(answer: str | None) -> None:
            if answer is not None:
                self._copy(answer)

        self.push_screen(address_chooser(stage.id, addresses(stage, self.session.knowledge, rollout)), copy)

    def action_choose(self) -> None:
        """Which commit; the list comes when Gitea has answered."""
        from tui.screens.choices import commit_chooser

        chooser = commit_chooser()
        self.push_screen(chooser, self._chosen)
        self.start(self._fill(chooser))

    async def _fill(self, chooser: Chooser) -> None:
        from tui.screens.choices import commit_picks

        if self.steered is not None:
            recent = await self.steered.recent()
            if chooser.is_attached:
                now = self.session.rollout.now.wall
                chooser.fill(commit_picks(recent, self.session.rollout, now), recent.note, empty="no commit is known")

    def _chosen(self, answer: str | None) -> None:
        from tui.screens.choices import NEWEST

        if answer is None or self.steered is None:
            return
        self.follows = answer == NEWEST
        newest = self.session.rollout.newer_commit
        commit = newest if self.follows else answer
        if commit is not None and commit != self.session.rollout.commit:
            self.steered.choose(commit)
        self.rewind.live()
        self.redraw()

    def action_note(self) -> None:
        from tui.screens.prompt import Prompt

        def remark(text: str | None) -> None:
            if text is not None and self.steered is not None:
                self.steered.remark(text)
                self.say("noted: it is in the journal, and exported with the evidence")

        self.push_screen(Prompt("note", "a note for whoever reads the evidence"), remark)

    def action_command(self) -> None:
        from tui.commands import WORDS
        from tui.screens.prompt import Prompt

        words = [*self.session.lane.drilldowns, *(stage.id for stage in self.session.lane.stages), *WORDS]

        async def run(text: str | None) -> None:
            if text is not None:
                await self._run_typed(text, words)

        self.push_screen(Prompt(":", "a drill-down, a stage, or a command", words), run)

    async def _run_typed(self, text: str, words: list[str]) -> None:
        from tui.commands import WORDS, matched

        word = matched(text, words)
        if word is None:
            near = [word for word in words if word.startswith(text)] or words
            self.say(f"{text!r} is no command; there are {', '.join(near)}", severity="error")
        elif word in self.session.lane.drilldowns:
            self.open_drilldown(word)
        elif word in WORDS:
            await self.run_action(f"app.{WORDS[word]}")
        else:
            self.open_stage(word, "facts")

    def open_drilldown(self, name: str) -> None:
        """The native object that the spec calls so, or word that there is none yet."""
        stages = self.rewind.rollout().stages
        named = next((one.id for one in stages for handle in one.handles if handle.drilldown == name), None)
        if named is None:
            self.say(f"{name}: not there yet")
        else:
            self.open_stage(named, name)

    def open_stage(self, stage_id: str, pane: str) -> None:
        """Show a pane of a stage, wherever the person is now."""
        raise NotImplementedError

    def action_verdict(self) -> None:
        """The gate over what is known here; what the builder logged is read on the way."""
        from lanewatch.rollout.gate.build_log import BuildLog
        from tui.screens.text import TextScreen

        is_read = self.steered is not None and self.rewind.is_live
        reading = BuildLog(reason="the builder's log is being read") if is_read else None
        screen = TextScreen("verdict of the gate", self._gate_lines(reading))
        self.push_screen(screen)
        if is_read:
            self.start(self._judge_again(screen))

    async def _judge_again(self, screen: TextScreen) -> None:
        if self.steered is not None:
            built = await self.steered.build()
            if screen.is_attached:
                screen.show(self._gate_lines(built))

    def _gate_lines(self, built: BuildLog | None = None) -> tuple[str, ...]:
        """What `lanewatch gate` prints, from what is known here; loaded late, for who never asks."""
        from lanewatch.output.gate_text import gate_text
        from lanewatch.rollout.contradictions import compare_all
        from lanewatch.rollout.contradictions.comparing import Scene
        from lanewatch.rollout.gate import NOT_READ, gate_of
        from lanewatch.rollout.stages import judged

        rollout, lane = self.rewind.rollout(), self.session.lane
        case = judged(self.rewind.knowledge(), rollout.now)
        gate = gate_of(case, lane, self.settings.records(), built or NOT_READ)
        text = gate_text(rollout, gate, compare_all(Scene(case, lane)), columns=UNCUT)
        return tuple(text.splitlines())

    def action_export(self) -> None:
        screen = self.export_screenshot()  # before a word of ours covers a part of it
        self.say("collecting evidence…")
        self.start(self._export(screen))

    async def _export(self, screen: str) -> None:
        from lanewatch.evidence.export import export
        from lanewatch.evidence.writing import WritingError

        try:
            path = await export(self.session, Path.cwd(), screen=screen)
        except (OSError, WritingError) as error:
            self.say(f"nothing exported: {error}", severity="error")
        else:
            self.say(f"exported to {path}")

    def _copy(self, text: str) -> None:
        self.copy_to_clipboard(text)
        self.start(self._say_copied(text))

    async def _say_copied(self, text: str) -> None:
        from tui.clipboard import into_tmux

        where = " (tmux: prefix ] pastes it)" if await into_tmux(text, self.environ) else ""
        self.say(f"copied{where}: {wording.cut(text, LONGEST_SAID)}")
