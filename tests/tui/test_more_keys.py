"""The keys that go beyond looking: problems, costs, commits, notes, copies, addresses, commands, the board."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lanewatch.evidence.verify import verify
from lanewatch.rollout.facts import ACTIONS, Correlation, Knowledge, Moment, Observation, Outcome
from lanewatch.rollout.knowledge import learn
from lanewatch.rollout.reports import ActionsReport, ActionsRun
from lanewatch.watch.session import RecentCommit
from tests.tui import pictures
from tests.tui.driven import started
from tests.tui.screen_text import frame
from tests.tui.sessions import ManualSession
from tests.tui.still import StillSession
from tui.screens.chooser import Chooser
from tui.screens.dashboard import Dashboard
from tui.screens.prompt import Prompt
from tui.screens.text import TextScreen
from tui.settings import Goal, Settings

OTHER = "aa" * 20


async def test_problems_only() -> None:
    async with started() as driven:
        text = await driven.press("exclamation_mark")
        assert "problems only: 1 of 8 stages" in text
        assert "argo-closeout" in text
        assert "reuse-plan" not in text
        assert "sourceCommit" not in text
        assert "sourceCommit" in await driven.press("exclamation_mark")


async def test_without_a_problem_it_says_so() -> None:
    async with started(ManualSession(pictures.done())) as driven:
        text = await driven.press("exclamation_mark")
        assert "no stage has a problem" in text
        assert "no field has a problem" in text


async def test_costs() -> None:
    async with started() as driven:
        text = await driven.press("C")
        assert "cost so far: 8 requests, 6 kB" in text
        assert "1 request, 800 B" in text
        assert "cost so far" not in await driven.press("C")


async def test_an_error_that_is_over_stays_until_it_is_acknowledged() -> None:
    session = ManualSession(pictures.failed())
    async with started(session) as driven:
        assert not driven.app.check_action("acknowledge", ())
        session.publish(replace(pictures.running(), findings=()))
        await driven.pilot.pause()
        assert "over since" in frame(driven.app)
        assert "BackoffLimitExceeded; open" in frame(driven.app).replace("\n", "").replace("  ", "")
        assert "over since" not in await driven.press("A")


async def test_choosing_a_commit() -> None:
    session = ManualSession(pictures.running())
    session.commits = (
        RecentCommit(OTHER, "feat: other", "Ada", pictures.at(-600), "77", "failure", 42.0),
        RecentCommit(pictures.COMMIT, "fix: lease renewal", "Ada", pictures.at(-5), "78", "running"),
    )
    async with started(session) as driven:
        assert "pinned" in frame(driven.app)
        text = await driven.press("c")
        assert "failure" in text
        assert "42 s" in text
        assert "3f9c2e1 ◀" in text
        await driven.press("j", "enter")
        assert session.chosen == [OTHER]
        await driven.press("c", "j", "j", "enter")
        assert session.chosen == [OTHER]  # it is watched already


async def test_following_the_newest() -> None:
    session = ManualSession(replace(pictures.running(), newer_commit=OTHER))
    async with started(session) as driven:
        assert "newest" in await driven.press("c", "enter")
        assert session.chosen == [OTHER]
        session.publish(replace(session.rollout, newer_commit="bb" * 20, now=Moment(pictures.at(80), 1010.0)))
        await driven.pilot.pause()
        assert session.chosen == [OTHER, "bb" * 20]


async def test_a_note() -> None:
    async with started() as driven:
        await driven.press("a")
        assert isinstance(driven.app.screen, Prompt)
        await driven.press(*"a b", "enter")
        assert driven.session.remarks == ["a b"]
        await driven.press("a", "escape")
        assert isinstance(driven.app.screen, Dashboard)
        assert driven.session.remarks == ["a b"]


async def test_copying_a_value() -> None:
    async with started() as driven:
        await driven.press("y")
        assert isinstance(driven.app.screen, Chooser)
        await driven.press("enter")
        assert driven.app.clipboard.startswith(f"agentrun-jd01-v02 {pictures.COMMIT}: running, 71.4 s of 120 s, ")
        await driven.press("y", "G", "enter")
        assert driven.app.clipboard == "71.4 s"
        assert "copied: 71.4 s" in frame(driven.app)


async def test_copying_a_line_of_a_log() -> None:
    async with started() as driven:
        await driven.press("4", "l", "y", "j", "enter")
        assert driven.app.clipboard == "build container line 1"


@pytest.mark.parametrize(
    ("keys", "ends"),
    [
        ((), "status"),
        (("4", "l"), "logs build-or-reuse"),
        (("4", "o"), "get cicd-builder-job"),
        (("4", "f"), "status"),
    ],
)
async def test_the_equivalent_command(keys: tuple[str, ...], ends: str) -> None:
    settings = Settings(command=("lanewatch", "--connections", "my file.yaml"), smooth=False)
    async with started(settings=settings) as driven:
        await driven.press(*keys, "Y")
        start = "lanewatch --connections 'my file.yaml' --target agentrun-jd01-v02 --commit"
        assert driven.app.clipboard == f"{start} {pictures.COMMIT} {ends}"


async def test_web_addresses() -> None:
    url = "https://gitea.example/o/r/actions/runs/322"
    run = ActionsRun("4127", 322, 1, "success", "", "push", "", pictures.COMMIT, "v0.2", "", None, None, url=url)
    seen = Observation(ACTIONS, Correlation(), Outcome.OK, "", Moment(pictures.NOW, 1.0), 0.1,
                       report=ActionsReport((run,)))  # fmt: skip
    async with started() as driven:
        assert "no authority has named a web page" in await driven.press("u")
        driven.session.knowledge = learn(Knowledge(), seen)
        text = await driven.press("escape", "2", "u")
        assert url in text
        assert f"https://gitea.example/o/r/commit/{pictures.COMMIT}" in text
        await driven.press("enter")
        assert driven.app.clipboard == url


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("cicd-builder-job", "Job build-3f9c2e1b7a5d line 0"),
        ("cicd-b", "Job build-3f9c2e1b7a5d line 0"),
        ("argo-closeout", "7 argo-closeout"),
        ("cicd-runtime", "cicd-runtime: not there yet"),
        ("prob", "problems only"),
        ("nonsense", "'nonsense' is no command"),
        ("help", "keys that work here"),
    ],
)
async def test_the_command_line(typed: str, expected: str) -> None:
    async with started() as driven:
        await driven.press("colon", *(key if key != "-" else "minus" for key in typed), "enter")
        assert expected in await driven.until(expected)


async def test_the_verdict_of_the_gate() -> None:
    async with started() as driven:
        text = await driven.press("v")
        assert isinstance(driven.app.screen, TextScreen)
        assert "env-unchanged-skips-env-image-build" in text
        await driven.press("y")
        assert "\n? env-unchanged-skips-env-image-build: unknown\n" in driven.app.clipboard  # whole, not as wrapped
        await driven.press("escape")
        assert isinstance(driven.app.screen, Dashboard)


async def test_exporting_writes_the_bundle_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with started(StillSession("build-fails", tmp_path / "spools")) as driven:
        await driven.press("e")
        text = await driven.until("exported to")
        (bundle,) = folder.iterdir()
        assert bundle.name[:30] in text.replace("\n", "")
        assert verify(bundle).rollout.state == "failed"
        assert (bundle / "data" / "screen.svg").exists()


async def test_an_export_that_cannot_be_written_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    async with started(StillSession("build-fails", tmp_path / "spools")) as driven:
        await driven.press("e")
        assert "No such file or directory" in await driven.until("nothing exported")


async def test_maximising_and_back() -> None:
    async with started() as driven:
        text = await driven.press("tab", "z")
        assert "── findings" not in text
        assert "mirror-sync" in text.splitlines()[1] or "› " not in text
        assert "── findings" in await driven.press("z")
        text = await driven.press("4", "l", "z")
        assert "next pane" not in text
        assert "next pane" in await driven.press("z")


async def test_a_tall_screen_tells_what_changed_lately(tmp_path: Path) -> None:
    async with started(StillSession("build-fails", tmp_path), (130, 46)) as driven:
        rows = frame(driven.app).splitlines()
        newest = next(number for number, row in enumerate(rows) if "what changed, newest first" in row) + 1
        assert rows[newest].startswith(" 14:00:49Z   +49.0 s  tekton-pipelinerun   pipelineRunStatus")
        assert any("build-or-reuse       builderJobState  running → failed" in row for row in rows)
        alone = (await driven.press("tab", "tab", "tab", "z")).splitlines()
        assert alone[2].startswith("── what changed")
        assert "── findings" in await driven.press("z")
        past = await driven.press("home", "right_square_bracket")
        assert "running → failed" not in past
        await driven.pilot.resize_terminal(120, 36)
        await driven.pilot.pause()
        assert "what changed" not in frame(driven.app)


async def test_managed_fields_are_folded_and_unfolded() -> None:
    session = ManualSession(pictures.running())
    session.text = ("metadata:", "  name: x", "  managedFields:", "  - manager: a", "    time: t", "  uid: u")
    async with started(session) as driven:
        text = await driven.press("4", "o")
        assert "managedFields: … 2 lines folded" in text
        assert "- fold" in text.splitlines()[-1]
        assert "uid: u" in text
        assert "manager: a" in await driven.press("minus")


async def test_a_key_that_folds_is_offered_only_where_there_is_something_to_fold() -> None:
    async with started() as driven:
        assert "fold" not in await driven.press("4", "o")


async def test_an_object_that_cannot_be_read_says_so_where_it_would_stand() -> None:
    session = ManualSession(pictures.running())
    session.answers.clear()
    async with started(session) as driven:
        assert " reading… asked for at 14:02:31Z" in await driven.press("4", "o")
        session.unread = "refused: ci.example:6443"
        session.answers.set()
        assert " nothing to show: refused: ci.example:6443" in await driven.until("r reads it again")


async def test_the_times_of_a_log() -> None:
    session = ManualSession(pictures.running())
    stamp = (pictures.at(12.5)).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    session.text = (f"{stamp} hello",)
    async with started(session) as driven:
        assert "\n14:01:32.100 hello" in await driven.press("4", "l")
        assert "+12.50 s hello" in await driven.press("t")
        assert f"\n{stamp} hello" in await driven.press("t")
        assert "\nhello" in await driven.press("t")


async def test_a_goal_that_is_reached_stays_and_gives_its_code() -> None:
    goal = Goal("done", lambda rollout: rollout.state == "failed", lambda _: 5, 3)
    session = ManualSession(pictures.running())
    async with started(session, settings=Settings(goal=goal, smooth=False)) as driven:
        assert driven.app.exit_code() == 3
        session.publish(pictures.failed())
        await driven.pilot.pause()
        assert "⚠ the lane has ended: q leaves with exit code 5" in frame(driven.app)
        session.publish(replace(pictures.running(), now=Moment(pictures.at(500), 2000.0)))
        await driven.pilot.pause()
        await driven.pilot.press("q")
    assert driven.app.return_code == 5


async def test_a_clock_that_is_off_is_told() -> None:
    session = ManualSession(replace(pictures.running(), skews={"10.0.0.1:443": (3.0, 3.4), "10.0.0.2": (-1.0, 1.0)}))
    async with started(session) as driven:
        text = frame(driven.app)
        assert "10.0.0.1:443 is 3.2 s ahead" in text
        assert "10.0.0.2" not in text


async def test_what_a_session_suffers_is_told() -> None:
    session = ManualSession(pictures.running())
    session.trouble = "the journal is no longer written down: No space left on device"
    async with started(session) as driven:
        assert "No space left on device" in frame(driven.app)


async def test_a_picture_that_confirms_the_same_costs_nothing_until_the_second_is_over() -> None:
    session = ManualSession(pictures.running())
    async with started(session) as driven:
        now = session.rollout.now
        soon = Moment(now.wall + timedelta(seconds=0.3), now.steady + 0.3)
        stages = tuple(replace(stage, age_seconds=99.0) for stage in session.rollout.stages)
        session.publish(replace(session.rollout, now=soon, stages=stages))
        await driven.pilot.pause()
        assert "99s" not in frame(driven.app)
        session.publish(replace(session.rollout, now=Moment(now.wall, now.steady + 1.0)))
        await driven.pilot.pause()
        assert "99s" in frame(driven.app)
