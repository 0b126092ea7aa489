"""The Gitea: its version, what the token may see, the mirror, and the Actions that the lane's workflow runs in."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Final

from lanewatch.authorities.actions_runs import label_is_online
from lanewatch.clients.answers import ReadFailure
from lanewatch.clients.gitea import Gitea
from lanewatch.clients.shape import JsonObject, optional
from lanewatch.doctor import remedies
from lanewatch.doctor.check import Sheet
from lanewatch.rollout.facts import ACTIONS, MIRROR, PLAN, PROVENANCE, Outcome
from lanewatch.spec.lane import Lane
from lanewatch.text import safe

FIRST: Final = (1, 22)
FULL: Final = (1, 25)
NEWEST_TRIED: Final = (1, 27)
FORGEJO_FULL: Final = 16


async def examine_gitea(gitea: Gitea, lane: Lane, place: GiteaPlace, sheet: Sheet) -> str:
    """Check the Gitea; gives its version, "" where it cannot be told."""
    fix = remedies.gitea(place.address, lane.repository, place.token)
    version = await sheet.read("reachable", gitea.version(), fix)
    if version is None:
        return ""
    version = safe(version, limit=60)
    sheet.ok("reachable", gitea.host)
    release = _say_version(version, sheet)
    repository = await sheet.read(f"may read {lane.repository}", gitea.repository(lane.repository), fix)
    if repository is None:
        return version
    sheet.ok(f"may read {lane.repository}", "token accepted, scope read:repository")
    asking = _Asking(gitea, lane, place, release)
    head = await asking.source(sheet.about(MIRROR, PLAN))
    asking.say_mirror(repository, sheet.about(MIRROR))
    await asyncio.gather(
        asking.other_repositories(sheet.about(MIRROR)),
        asking.snapshots(place.snapshots, sheet.about(MIRROR)),
        asking.actions(head, sheet.about(ACTIONS, PLAN, PROVENANCE)),
        asking.runner(sheet.about(ACTIONS)),
    )
    return version


def _say_version(version: str, sheet: Sheet) -> tuple[int, int]:
    """Forgejo says 16.0.0+gitea-1.22.0: its own number counts (Gitea reference 8)."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None:
        sheet.untold("version", f"{version}: not understood")
        return FULL
    release = int(numbers[1]), int(numbers[2])
    if "+gitea-" in version or release[0] >= 7:
        return _say_forgejo(version, release, sheet)
    if release < FIRST:
        sheet.failed("version", f"Gitea {version}: too old", "upgrade to Gitea 1.25 or later", Outcome.UNSUPPORTED)
    elif release < FULL:
        missing = "no route actions/runs" + (", no artifacts, no logs" if release < (1, 24) else "")
        sheet.note("version", f"Gitea {version}: {missing}; actions-dispatch stays unknown", "upgrade to 1.25 or later")
    elif release > NEWEST_TRIED:
        sheet.note("version", f"Gitea {version}: newer than 1.27, the newest tried")
    else:
        sheet.ok("version", f"Gitea {version}, supported")
    return release


def _say_forgejo(version: str, release: tuple[int, int], sheet: Sheet) -> tuple[int, int]:
    if release[0] < FORGEJO_FULL:
        says = f"Forgejo {version}: no jobs, logs or artifacts of runs"
        sheet.note("version", says, "upgrade to Forgejo 16 or later")
        return FIRST
    sheet.ok("version", f"Forgejo {version}, supported")
    return NEWEST_TRIED


@dataclass(frozen=True, slots=True)
class GiteaPlace:
    """What connections say of the Gitea: its address, where its token lies, the repository of the snapshot refs."""

    address: str
    token: str
    snapshots: str


@dataclass(frozen=True, slots=True)
class _Asking:
    """What every question needs."""

    gitea: Gitea
    lane: Lane
    place: GiteaPlace
    release: tuple[int, int]

    async def source(self, sheet: Sheet) -> str | None:
        """The branch and the two files that the lane cannot do without; gives the branch's head."""
        lane = self.lane
        ref = await sheet.read(
            f"branch {lane.branch}",
            self.gitea.ref(lane.repository, f"refs/heads/{lane.branch}"),
            self.fix(lane.repository),
        )
        if ref is None:
            if not any(check.name == f"branch {lane.branch}" for check in sheet.checks):
                says = f"no refs/heads/{lane.branch} in {lane.repository}"
                sheet.failed(f"branch {lane.branch}", says, self.sync_first(), Outcome.ABSENT)
            return None
        sheet.ok(f"branch {lane.branch}", f"head {ref.sha[:12]}")
        await asyncio.gather(
            self._file(lane.repository, lane.reuse_path, ref.sha, sheet),
            self._file(lane.workflow_repository, lane.workflow_path, ref.sha, sheet),
        )
        return ref.sha

    async def _file(self, repository: str, path: str, sha: str, sheet: Sheet) -> None:
        fix = f"commit {path} to branch {self.lane.branch} of {repository}; a first one is made by\n{_maker(path)}"
        data = await sheet.read(path, self.gitea.file(repository, path, sha), lambda _: fix)
        if data is not None:
            sheet.ok(path, f"{len(data)} bytes at {sha[:12]}")

    def say_mirror(self, repository: JsonObject, sheet: Sheet) -> None:
        if not repository["mirror"]:
            sheet.note("pull mirror", f"{self.lane.repository} is no pull mirror: it is read as the source itself")
            return
        interval = safe(optional(repository, "mirror_interval", str) or "", limit=20)
        if interval in ("", "0s"):
            fix = f"set an interval of 10m in the mirror settings:\n{self.web(self.lane.repository)}/settings"
            sheet.note("pull mirror", f"no schedule: only {self.lane.force_sync_entry} brings commits", fix)
        else:
            budget = self.lane.budgets.get("sourceSyncSeconds", 0)
            says = f"every {interval} (budget {budget:g} s needs {self.lane.force_sync_entry} or a webhook)"
            sheet.ok("pull mirror", says)

    async def other_repositories(self, sheet: Sheet) -> None:
        others = {one.repository for one in self.lane.mirror_repositories} - {self.lane.repository}
        for other in sorted(others):
            name = f"may read {other}"
            if await sheet.read(name, self.gitea.repository(other), self.fix(other)) is not None:
                sheet.ok(name, "visible")

    async def snapshots(self, repository: str, sheet: Sheet) -> None:
        """Snapshot refs stand under either prefix of the spec."""
        prefixes = (self.lane.snapshot_ref_prefix, self.lane.stage_ref_prefix)
        found = 0
        for prefix in prefixes:
            refs = await sheet.read("snapshot refs", self.gitea.refs(repository, prefix), self.fix(repository))
            if refs is None:
                return
            found += len(refs)
        if found:
            sheet.ok("snapshot refs", f"{found} in {repository}")
        else:
            fix = (
                "they are written upstream, for a pull mirror would prune them, by what this prints:\n"
                "lanewatch producers render snapshot"
            )
            sheet.note("snapshot refs", f"none yet under {prefixes[0]} in {repository}", fix)

    async def actions(self, head: str | None, sheet: Sheet) -> None:
        repository = self.lane.workflow_repository
        try:
            found = await self.gitea.repository(repository)
        except ReadFailure:
            return  # told as the mirror's right
        if found.get("has_actions") is False:
            fix = f"switch the unit on; mirrors have it off by default:\n{self.web(repository)}/settings/units"
            sheet.failed("Actions enabled", f"the Actions unit of {repository} is off", fix, Outcome.UNSUPPORTED)
            return
        sheet.ok("Actions enabled", repository)
        if head is not None:
            await self._runs(repository, head, sheet)

    async def _runs(self, repository: str, head: str, sheet: Sheet) -> None:
        runs = await sheet.read("may list runs", self.gitea.runs(repository, head), self.runs_fix)
        if runs is None:
            return
        sheet.ok("may list runs", f"{len(runs)} for {head[:12]}")
        run_id = next((found for run in runs if (found := optional(run, "id", int)) is not None), None)
        if run_id is None:
            sheet.untold("jobs, artifacts", f"no run for {head[:12]} to try them on")
            return
        jobs = await sheet.read("may read jobs", self.gitea.jobs(repository, run_id), self.runs_fix)
        if jobs is not None:
            sheet.ok("may read jobs", f"{len(jobs)} of run {run_id}")
            await self._log(repository, jobs, sheet)
        artifacts = await sheet.read("may read artifacts", self.gitea.artifacts(repository, run_id), self.runs_fix)
        if artifacts is not None:
            sheet.ok("may read artifacts", f"{len(artifacts)} of run {run_id}")
            _say_retention(artifacts, sheet)

    async def _log(self, repository: str, jobs: list[JsonObject], sheet: Sheet) -> None:
        job = next((found for one in jobs if (found := optional(one, "id", int)) is not None), None)
        if job is None:
            return
        try:
            part = await self.gitea.job_log(repository, job)
        except ReadFailure as failure:
            if failure.outcome is Outcome.ABSENT:
                sheet.untold("may read logs", failure.reason)
            else:
                sheet.failed("may read logs", failure.reason, self.runs_fix(failure), failure.outcome)
            return
        sheet.ok("may read logs", f"{len(part.data)} bytes of job {job}")

    async def runner(self, sheet: Sheet) -> None:
        """Only an owner may list runners, and those of the organisation or the site do not show in a repository."""
        label, repository = self.lane.runner_label, self.lane.workflow_repository
        try:
            runners = await self.gitea.runners(repository)
        except ReadFailure as failure:
            says = f"{failure.reason}: a waiting job is all that shows a missing runner"
            fix = f"only an owner sees it; let one look:\n{self.web(repository)}/settings/actions/runners"
            sheet.untold("runner online", says, fix)
            return
        match label_is_online(runners, label):
            case True:
                sheet.ok("runner online", f"label {label}")
            case False:
                fix = f"start the runner that has the label {label}, on its machine:\nact_runner daemon"
                sheet.failed("runner online", f"the runner with label {label} is offline", fix)
            case None:
                fix = f"if there is none, register one:\nact_runner register --labels {label}"
                sheet.untold("runner online", f"none with label {label} in {repository}; it may be the owner's", fix)

    def fix(self, repository: str) -> remedies.Fix:
        return remedies.gitea(self.place.address, repository, self.place.token)

    def runs_fix(self, failure: ReadFailure) -> str:
        if failure.outcome is Outcome.UNSUPPORTED:
            return "upgrade to Gitea 1.25 or later: older ones have no such route"
        if failure.status == 403 and self.release == FULL:
            return "Gitea 1.25 lists runs to owners only: use a token of an owner, or upgrade to 1.26"
        return self.fix(self.lane.workflow_repository)(failure)

    def web(self, repository: str) -> str:
        return f"{self.place.address}/{repository}"

    def sync_first(self) -> str:
        return f"sync the mirror once ({self.lane.force_sync_entry}), or correct targets[].branch in the spec"


def _maker(path: str) -> str:
    return "lanewatch producers render workflow" if "/workflows/" in path else "lanewatch plan  # spec.reuse names it"


def _say_retention(artifacts: list[JsonObject], sheet: Sheet) -> None:
    """Gitea tells no setting; an artifact says when it expires, a log is kept for LOG_RETENTION_DAYS."""
    expires = next((found for one in artifacts if (found := optional(one, "expires_at", str))), None)
    if expires is None:
        sheet.untold("log retention", "no artifact yet; logs are kept for [actions] LOG_RETENTION_DAYS (365)")
    else:
        says = f"artifacts until {safe(expires, limit=25)}; logs for [actions] LOG_RETENTION_DAYS (365 unless set)"
        sheet.ok("log retention", says)
