"""Finding a browser, installing one, and driving it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from coursekit import bootstrap
from tests.browser import find_browser, serve
from tests.screenshots import pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FAKE = "#!/bin/sh\necho Chromium 1.0\n"
NOTICE = "#!/bin/sh\necho 'please install the snap' >&2\nexit 1\n"
SCRIPT = Path(bootstrap.__file__)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """An otherwise empty machine; the function puts a program on its PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.delenv("COURSEKIT_BROWSER", raising=False)
    monkeypatch.setattr(bootstrap, "BROWSER_APPS", ())

    def add(path: str, text: str) -> Path:
        program = tmp_path / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
        return program

    return add


def test_an_installed_browser_is_found(machine: Callable[[str, str], Path]) -> None:
    chrome = machine("bin/google-chrome", FAKE)
    assert find_browser() == str(chrome)


def test_a_package_that_is_only_a_notice_is_passed_over(machine: Callable[[str, str], Path]) -> None:
    machine("bin/chromium-browser", NOTICE)
    own = machine("playwright/chromium-1200/chrome-linux/chrome", FAKE)
    assert find_browser() == str(own)


def test_no_browser(machine: Callable[[str, str], Path]) -> None:
    with pytest.raises(bootstrap.Problem, match="No Chrome or Chromium was found: `make test` installs one"):
        find_browser()


def test_the_named_browser_comes_first_and_must_start(
    machine: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine("bin/chromium", FAKE)
    mine = machine("mine/browser", FAKE)
    monkeypatch.setenv("COURSEKIT_BROWSER", str(mine))
    assert find_browser() == str(mine)
    mine.write_text(NOTICE)
    with pytest.raises(bootstrap.Problem, match=r"COURSEKIT_BROWSER=.* does not start.*make test"):
        find_browser()


def install(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the second job of bootstrap.py as make does, on the machine of the fixture."""
    copy = root / "coursekit" / "bootstrap.py"
    copy.parent.mkdir()
    copy.write_bytes(SCRIPT.read_bytes())
    return subprocess.run([sys.executable, copy, "browser"], capture_output=True, text=True, env=os.environ)


def test_debians_package_is_tried_again_with_new_lists(machine: Callable[[str, str], Path], tmp_path: Path) -> None:
    """A new machine: apt-get knows no package before its first update."""
    programs = {name: shutil.which(name, path="/bin:/usr/bin") or name for name in ("env", "sh", "chmod", "touch")}
    for name in programs:
        (tmp_path / "bin" / name).symlink_to(programs[name])
    machine("bin/sudo", '#!/bin/sh\nshift\nexec "$@"\n')
    machine(
        "bin/apt-get",
        f"""#!/bin/sh
case "$*" in
  *update) touch {tmp_path}/updated ;;
  *install*chromium)
    [ -e {tmp_path}/updated ] || {{ echo "E: Unable to locate package chromium"; exit 100; }}
    [ "$DEBIAN_FRONTEND" = noninteractive ] || exit 1
    printf '#!/bin/sh\\necho Chromium 1.0\\n' >{tmp_path}/bin/chromium
    chmod +x {tmp_path}/bin/chromium ;;
esac
""",
    )
    done = install(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "trying Debian's package" in done.stdout and "Playwright" not in done.stdout
    assert find_browser() == str(tmp_path / "bin" / "chromium")


def test_playwrights_own_is_the_last_way(machine: Callable[[str, str], Path], tmp_path: Path) -> None:
    own = tmp_path / "playwright" / "chromium-1" / "chrome-linux" / "chrome"
    machine(
        ".venv/bin/playwright",
        f"""#!{sys.executable}
from pathlib import Path
own = Path({str(own)!r})
own.parent.mkdir(parents=True)
own.write_text({FAKE!r})
own.chmod(0o755)
""",
    )
    done = install(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert find_browser() == str(own)


def test_nothing_helps(machine: Callable[[str, str], Path], tmp_path: Path) -> None:
    machine(".venv/bin/playwright", "#!/bin/sh\necho the download failed\nexit 1\n")
    done = install(tmp_path)
    assert done.returncode == 2
    assert "Playwright's own failed: the download failed" in done.stderr
    assert "set COURSEKIT_BROWSER to the path of yours" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_real_one_runs_a_page(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>house</title><script>document.title += ' of ' + 6 * 7</script>")
    with serve(tmp_path) as address:
        page = browser.new_page()
        answer = page.goto(f"{address}/index.html")
        assert answer is not None and answer.ok
        assert page.title() == "house of 42"
        page.close()


def test_every_page_of_the_contents_is_photographed(root: Path) -> None:
    toc = yaml.safe_load((root / "_toc.yml").read_text())
    named = re.findall(r"^ *(?:- )?(?:root|file): (\S+)", (root / "_toc.yml").read_text(), flags=re.M)
    assert pages(toc) == named
    assert pages({"root": "a", "chapters": [{"file": "b", "sections": [{"file": "c"}]}]}) == ["a", "b", "c"]
