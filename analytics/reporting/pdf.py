"""A clinic's page as a PDF, any page as a picture: made by the Chromium of this machine where there is one.

The browser gets a folder of its own, no network and a time limit. Its clock is taken out of the PDF, so that
the same page is the same bytes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from datetime import date
from pathlib import Path

FOLDER = "pdf"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHOSEN = "LUMBAR_BROWSER"  # names another program, or one that is in no folder of PATH
NO_BROWSER = f"no Chromium or Chrome was found on this machine; {CHOSEN} can name one"
TIME_LIMIT = 60  # seconds for one page; measured: 2
# pages are drawn by their own script: so much of the browser's own time (ms) passes before it prints
SCRIPT_TIME = 5000
STAMP = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}")
CLOSED_IN = (
    "--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-breakpad",
    "--disable-dev-shm-usage", "--no-pings", "--proxy-server=127.0.0.1:9", "--no-pdf-header-footer",
    f"--virtual-time-budget={SCRIPT_TIME}",
)  # fmt: skip


def find_browser() -> str:
    """The path of a Chromium or Chrome; empty where there is none."""
    names = (os.environ[CHOSEN],) if os.environ.get(CHOSEN) else NAMES
    return next((found for name in names if (found := shutil.which(name))), "")


def write_pdf(page: Path, target: Path, *, browser: str, as_of: date) -> str:
    """Print the page. Returns what went wrong, in words that hold no data; empty where the PDF was made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lumbar-", ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "page.pdf"
        wrong = _look(page, [f"--print-to-pdf={made}"], browser=browser, folder=folder)
        if wrong:
            return wrong
        if not made.is_file() or not made.read_bytes().startswith(b"%PDF-"):
            return "the browser wrote no PDF"
        target.write_bytes(without_clock(made.read_bytes(), as_of=as_of))
    return ""


def write_picture(page: Path, target: Path, *, browser: str, size: tuple[int, int]) -> str:
    """The page as it looks (PNG, see-through where nothing is drawn). Returns what went wrong, or nothing."""
    with tempfile.TemporaryDirectory(prefix="lumbar-", ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "page.png"
        look = ["--default-background-color=00000000", "--hide-scrollbars", "--force-device-scale-factor=2"]
        look += [f"--window-size={size[0]},{size[1]}", f"--screenshot={made}"]
        wrong = _look(page, look, browser=browser, folder=folder)
        if wrong:
            return wrong
        if not made.is_file():
            return "the browser wrote no picture"
        target.write_bytes(made.read_bytes())
    return ""


def _look(page: Path, asked: list[str], *, browser: str, folder: str) -> str:
    """Let the browser open the page and do what is asked; what went wrong."""
    try:
        subprocess.run(
            [browser, *CLOSED_IN, *_of_this_user(), f"--user-data-dir={folder}/profile", *asked,
             page.resolve().as_uri()],
            env=_environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=TIME_LIMIT, check=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"the browser took longer than {TIME_LIMIT} seconds"
    except (OSError, subprocess.CalledProcessError) as error:
        return f"the browser failed ({type(error).__name__})"
    return ""


def without_clock(pdf: bytes, *, as_of: date) -> bytes:
    """The PDF as if it were made at the first second of the day it speaks of; no byte moves its place."""
    return STAMP.sub(lambda found: found[1] + f"{as_of:%Y%m%d}000000".encode(), pdf)


def _of_this_user() -> tuple[str, ...]:
    # Chromium refuses its sandbox to root
    return ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()


def _environment(folder: str) -> dict[str, str]:
    """What the browser may know of this machine: where programs are, and no key or setting of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "FONTCONFIG_PATH") if name in os.environ}
    return kept | {"HOME": folder, "TMPDIR": folder, "TZ": "UTC"}
