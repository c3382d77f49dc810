"""A report that cannot be made: the last good one stays, says so, and goes when a good one comes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from reporting.tiny import EXHIBIT, FACTS, notebook, settings_in, write_notebooks, write_study

from analytics.reporting import plan
from analytics.reporting.catalogue import slug_of
from analytics.reporting.plan import Asked
from analytics.reporting.run import run_reports
from analytics.reporting.stale import with_banner

BEECH = slug_of("beech")
PAGE = f"clinics/{BEECH}.html"
TABLES = [f"tables/{BEECH}.xlsx", f"tables/{BEECH}/one.csv"]
FAILS = 'if clinic_id == "beech":\n    raise ValueError("canary Jane Doe")'
ONE_STALE = ["made", "stale", "made", "reused", "reused"]


class Installation:
    """A tiny installation that a test can break and mend."""

    def __init__(self, root, language=None):
        self.settings, self.notebooks = settings_in(root), write_notebooks(root / "notebooks")
        self.study = write_study(root / "study")
        self.latest = root / "reports" / "latest"
        if language:
            self.change_clinics(language=language)

    def change_clinics(self, **columns):
        path = self.study.root / "release" / "clinics.parquet"
        pl.read_parquet(path).with_columns(**{k: pl.lit(v) for k, v in columns.items()}).write_parquet(path)

    def facts(self, **changed):
        (self.study.root / "study.json").write_text(json.dumps(FACTS | changed))

    def breaks(self, cell=FAILS):
        notebook(self.notebooks, "clinic_report.ipynb", cell, EXHIBIT)

    def mends(self):
        notebook(self.notebooks, "clinic_report.ipynb", EXHIBIT)

    def run(self, **asked):
        return run_reports(self.settings, self.study, Asked(notebooks=self.notebooks, **asked))

    def page(self, place=PAGE):
        return (self.latest / place).read_text()

    def manifest(self):
        return json.loads((self.latest / "manifest.json").read_text())


@pytest.fixture
def installation(tmp_path):
    """One good run lies behind it."""
    made = Installation(tmp_path)
    assert made.run().exit_code == 0
    return made


def _banner(page):
    """The words of the banner; none where there is none, or where it is not the first thing of the page."""
    found = re.findall(r'<p class="banner" role="alert">(.*?)</p>', page)
    assert page.count("<!--banner-->") == page.count("<!--/banner-->") == len(found)
    if found:
        assert re.search(r"<main\b[^>]*><!--banner-->", page)
    return [re.sub(r"<[^>]+>", "", words) for words in found]


SAID = ["Not up to date. This is the report of 30 June 2026. "
        "A newer one could not be made: ask those who run these reports."]  # fmt: skip


def test_the_last_good_one_stays_and_says_so(installation):
    good, tables = installation.page(), [(installation.latest / place).read_bytes() for place in TABLES]
    installation.breaks()
    run = installation.run()
    assert [made.status for made in run.reports] == ONE_STALE
    assert run.exit_code == 1
    assert f"stale: {BEECH}: ValueError in code cell" in str(run)
    assert _banner(installation.page()) == SAID
    assert re.sub(r"<!--banner-->.*?<!--/banner-->", "", installation.page()) == good
    assert [(installation.latest / place).read_bytes() for place in TABLES] == tables
    assert "could not be made" not in installation.page().replace("A newer one could not be made", "")
    manifest = installation.manifest()
    (one,) = [one for one in manifest["reports"] if one["slug"] == BEECH]
    assert (one["status"], one["good_as_of"], manifest["exit_code"]) == ("stale", "2026-06-30", 1)
    assert {PAGE, *TABLES} <= set(manifest["files"])
    everything = "".join(path.read_text(errors="replace") for path in installation.latest.rglob("*.[hj]*"))
    assert "canary" not in everything


def test_the_good_one_of_the_run_before_is_left_as_it_was(installation):
    first = installation.latest.resolve()
    good = (first / PAGE).read_bytes()
    installation.breaks()
    installation.run()
    assert installation.latest.resolve() != first
    assert (first / PAGE).read_bytes() == good


def test_the_others_carry_no_banner(installation):
    installation.breaks()
    installation.run()
    for path in installation.latest.rglob("*.html"):
        assert bool(_banner(path.read_text())) is (path.name == f"{BEECH}.html")


def test_the_index_says_which(installation):
    installation.breaks()
    installation.run()
    index = installation.page("index.html")
    assert "report failed" not in index
    assert index.count("report of 30 June 2026") == 1


def test_it_says_so_in_german(tmp_path):
    made = Installation(tmp_path, language="de")
    made.run()
    made.breaks()
    assert [one.status for one in made.run().reports] == ONE_STALE
    assert _banner(made.page()) == [
        "Nicht auf dem neuesten Stand. Dies ist der Bericht vom 30. Juni 2026. "
        "Ein neuerer konnte nicht erstellt werden: Bitte fragen Sie, wer diese Berichte betreut."
    ]
    assert '<html lang="de">' in made.page()


def test_the_day_stays_that_of_the_good_one_however_often_it_fails(installation):
    installation.breaks()
    for day in ("2026-07-01", "2026-07-02"):
        installation.facts(as_of=day)
        run = installation.run()
        assert run.reports[1].status == "stale"
        assert run.reports[1].good_as_of == "2026-06-30"
        assert _banner(installation.page()) == SAID
        assert all((installation.latest / place).is_file() for place in TABLES)


def test_one_that_fails_again_in_the_same_way_publishes_nothing_anew(installation):
    installation.breaks()
    installation.run()
    stood = installation.latest.resolve()
    again = installation.run()
    assert [made.status for made in again.reports] == ["reused", "stale", "reused", "reused", "reused"]
    assert (again.unchanged, again.exit_code) == (True, 1)
    assert installation.latest.resolve() == stood


def test_a_good_one_takes_its_place_again(installation):
    good = installation.page()
    installation.breaks()
    installation.run()
    installation.mends()
    run = installation.run()
    assert run.exit_code == 0
    assert run.reports[1].status in ("made", "reused")
    assert installation.page() == good
    assert _banner(installation.page()) == []
    assert "report of" not in installation.page("index.html")
    (one,) = [one for one in installation.manifest()["reports"] if one["slug"] == BEECH]
    assert one["good_as_of"] == ""


def test_a_plan_says_that_one_failed_is_tried_again(installation):
    installation.breaks()
    installation.run()
    settings, asked = installation.settings, Asked(notebooks=installation.notebooks)
    planned = plan.plan_run(settings, installation.study, asked, day=date(2026, 7, 1))
    (why,) = [str(one) for one in planned if not one.kept]
    assert why.startswith(f"make  {BEECH}: ")


def test_without_one_before_the_page_says_what_failed(tmp_path):
    made = Installation(tmp_path)
    made.breaks()
    run = made.run()
    assert [one.status for one in run.reports] == ["made", "failed", "made", "made", "made"]
    assert run.exit_code == 1
    assert "could not be made" in made.page()
    assert "ValueError in code cell" in made.page()
    assert _banner(made.page()) == []
    assert "report failed" in made.page("index.html")
    assert not any((made.latest / place).exists() for place in TABLES)


def test_a_failed_page_never_passes_for_a_good_one(tmp_path):
    """Twice failed without one before: the second run shows no banner over the page that says it failed."""
    made = Installation(tmp_path)
    made.breaks()
    made.run()
    made.facts(title="Another")
    assert made.run().reports[1].status == "failed"
    assert _banner(made.page()) == []
    made.mends()
    assert made.run().exit_code == 0
    assert "could not be made" not in made.page()


def test_a_clinic_that_is_new_and_fails_has_none_before(installation):
    clinics = pl.read_parquet(installation.study.root / "release" / "clinics.parquet")
    one = clinics.head(1).with_columns(clinic_id=pl.lit("dogwood"), clinic_name=pl.lit("Dogwood"))
    pl.concat([clinics, one]).write_parquet(installation.study.root / "release" / "clinics.parquet")
    installation.breaks(FAILS.replace("beech", "dogwood"))
    statuses = {made.slug: made.status for made in installation.run().reports}
    assert statuses[slug_of("dogwood")] == "failed"
    assert statuses[BEECH] == "made"


def test_one_file_carries_the_banner_too(tmp_path):
    made = Installation(tmp_path)
    made.run(also=("single",))
    made.breaks()
    run = made.run(also=("single",))
    assert run.reports[1].status == "stale"
    assert run.reports[1].single == f"single/{BEECH}.html"
    assert _banner(made.page(f"single/{BEECH}.html")) == SAID
    assert f"single/{BEECH}.html" in made.page()


def test_a_pdf_can_carry_no_banner_and_is_dropped(tmp_path, monkeypatch):
    """Its file goes, and with it the words that lead there."""
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\nfor one in "$@"; do case "$one" in --print-to-pdf=*) '
                       'printf "%%PDF-1.4 x" > "${one#--print-to-pdf=}";; esac; done\n')  # fmt: skip
    browser.chmod(0o755)
    monkeypatch.setattr(plan.pdf, "find_browser", lambda: str(browser))
    made = Installation(tmp_path)
    first = made.run(also=("pdf",))
    assert first.reports[1].pdf == f"pdf/{BEECH}.pdf", first.reports[1].lacks
    assert (made.latest / f"pdf/{BEECH}.pdf").is_file()
    made.breaks()
    run = made.run(also=("pdf",))
    assert run.reports[1].status == "stale"
    assert run.reports[1].pdf == ""
    assert not (made.latest / f"pdf/{BEECH}.pdf").exists()
    assert (made.latest / f"pdf/{slug_of('alder')}.pdf").is_file()
    assert f"pdf/{BEECH}.pdf" not in made.page("index.html")
    assert f"pdf/{BEECH}.pdf" not in made.page(), "a link that leads nowhere"


def test_of_one_clinic_alone_the_last_good_one_of_the_whole_run_stands_there(installation):
    installation.breaks()
    alone = installation.run(only=("beech",))
    assert [made.status for made in alone.reports] == ["stale"]
    assert _banner((alone.folder / PAGE).read_text()) == SAID
    assert _banner(installation.page()) == [], "latest stays as it was"


def test_an_old_banner_is_replaced_and_the_page_is_else_untouched(installation):
    planned = plan.plan_run(
        installation.settings,
        installation.study,
        Asked(notebooks=installation.notebooks),
        day=date(2026, 7, 1),
    )
    task, page = planned[1].task, installation.page()
    once = with_banner(page, task, day=date(2026, 6, 30))
    twice = with_banner(once, replace(task, language="de"), day=date(2026, 5, 1))
    assert [len(_banner(one)) for one in (page, once, twice)] == [0, 1, 1]
    assert "1. Mai 2026" in twice
    assert re.sub(r"<!--banner-->.*?<!--/banner-->", "", twice) == page


def test_a_last_good_one_that_is_gone_from_the_disk_is_none(installation):
    (installation.latest / PAGE).unlink()
    installation.breaks()
    run = installation.run()
    assert [made.status for made in run.reports] == ["made", "failed", "made", "reused", "reused"]
    assert "could not be made" in installation.page()


def test_one_of_other_rules_of_disclosure_is_not_shown_again(installation):
    """It may show what may not be shown any more."""
    installation.breaks()
    installation.facts(disclosure={"min_patients": 20, "round_to": 10})
    run = installation.run()
    assert [made.status for made in run.reports] == ["made", "failed", "made", "made", "made"]
    assert "could not be made" in installation.page()
    assert "banner" not in installation.page().split("<main", 1)[1]
