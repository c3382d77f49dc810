"""Files of the reports that are broken or gone: the next run makes and publishes what is needed, whole."""

from __future__ import annotations

import shutil

import pytest
from faults.network import Network, completes, nothing_unfinished, whole

HALF = 2


def _halve(path, *, alone=False) -> None:
    """As a full disk, or a power loss, leaves a file: cut off; `alone`: not what its other names show."""
    content = path.read_bytes()
    if alone:
        path.unlink()
    path.write_bytes(content[: len(content) // HALF])


def _entry(network: Network) -> None:
    _halve(next((network.reports / ".made").glob("*/network.html")))


def _replaced_entry(network: Network) -> None:
    """The archive's file alone: what is published is another file from then on."""
    _halve(next((network.reports / ".made").glob("*/data_quality.html")), alone=True)


def _record(network: Network) -> None:
    _halve(next((network.reports / ".made").glob("*/record.json")))


def _page(network: Network) -> None:
    """The published file alone."""
    _halve(next((network.latest / "clinics").glob("*.html")), alone=True)


def _index(network: Network) -> None:
    _halve(network.latest / "index.html")


def _link(network: Network) -> None:
    (network.latest).unlink()


def _run(network: Network) -> None:
    """`latest` leads nowhere."""
    shutil.rmtree(network.latest.resolve())


def _manifest(network: Network) -> None:
    _halve(network.latest / "manifest.json")


def _foreign_manifest(network: Network) -> None:
    (network.latest / "manifest.json").write_text('{"reports": null, "files": [], "number": "x"}')


def _status(network: Network) -> None:
    _halve(network.reports / "status.json")


def _lock(network: Network) -> None:
    """As a program of another kind leaves it; nobody holds it."""
    (network.reports / ".lock").write_text("99999\n")


def _archive(network: Network) -> None:
    shutil.rmtree(network.reports / ".made")


def _key(network: Network) -> None:
    """What was made is not lost with the study: it is read anew."""
    shutil.rmtree(network.folder / "study")


DAMAGES = {
    "an archive's page is cut off": _entry,
    "an archive's page is another file, cut off": _replaced_entry,
    "an archive's record is cut off": _record,
    "a published page is cut off": _page,
    "the published index is cut off": _index,
    "`latest` is gone": _link,
    "`latest` leads nowhere": _run,
    "manifest.json is cut off": _manifest,
    "manifest.json is of another kind": _foreign_manifest,
    "status.json is cut off": _status,
    ".lock has a content": _lock,
    ".made is gone": _archive,
    "the study is gone": _key,
}
# what is damaged together in one run; each by itself takes a run of its own
TOGETHER = (
    (
        "an archive's page is cut off", "a published page is cut off", "status.json is cut off",
        ".lock has a content",
    ),
    (
        "an archive's page is another file, cut off", "an archive's record is cut off",
        "the published index is cut off",
    ),
    (".made is gone", "manifest.json is cut off"),
)  # fmt: skip


def _mended(undisturbed, folder, names) -> str:
    network = undisturbed.network.copy(folder)
    for name in names:
        DAMAGES[name](network)
    completes(network, undisturbed.before, only=True)
    counts = {name: network.status[name] for name in ("made", "reused")}
    return f"{network.status['state']}: " + ", ".join(f"{count} {name}" for name, count in counts.items())


SLOW = pytest.mark.slow
TOLD = [pytest.param(TOGETHER[0], marks=SLOW), pytest.param(TOGETHER[1], marks=SLOW), TOGETHER[2]]


@pytest.mark.parametrize("names", TOLD, ids=["pages", "entries", "all"])
def test_the_next_run_publishes_whole_whatever_is_damaged(undisturbed, tmp_path, table, names):
    told = _mended(undisturbed, tmp_path / "network", names)
    table.append((" and ".join(names), "-", told))


@pytest.mark.slow
@pytest.mark.parametrize("name", DAMAGES)
def test_each_damage_by_itself(undisturbed, tmp_path, table, name):
    table.append((name, "-", _mended(undisturbed, tmp_path / "network", [name])))


def test_without_its_ledger_a_run_says_that_there_is_no_record(undisturbed, tmp_path, table):
    """Only what is said of changes can differ from what an undisturbed run says."""
    network = undisturbed.network.copy(tmp_path / "network")
    _halve(network.latest / "ledger.json")
    ran = network.run()
    assert ran.code == 0, ran.said[-2000:]
    found = whole(network, only=True)
    nothing_unfinished(network)
    differ = {place for place in found if found[place] != undisturbed.before.get(place)}
    assert found.keys() == undisturbed.before.keys()
    assert {place for place in differ if not place.endswith(".html") and "/changes" not in place} <= {
        "ledger.json"
    }
    assert '"basis":"no record"' in (network.latest / "ledger.json").read_text(encoding="utf-8")
    table.append(("ledger.json is cut off", "-", "publishes; says that there is no record of changes"))
