"""Keep the book on its own host: no page asks another one for anything.

A default build of Jupyter Book fetches thebe and MathJax from elsewhere, and
Vega would come from elsewhere too. Here thebe is taken out, and the other two
are laid beside the book's own files, if a page needs them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.domains.math import MathDomain
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.ext.mathjax import MATHJAX_URL
from sphinx.util import logging

from coursekit.book.charts import METADATA_KEY

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
MATHJAX_PATH = "coursekit/mathjax/tex-chtml.js"
VEGA_PATH = "coursekit/vega.js"
VEGA_LITE_VERSION = "6.4"
# Formulas, their fonts, rare TeX commands, and what screen readers need.
_MATHJAX_PARTS = ("tex-chtml.js", "output/chtml/fonts", "input/tex/extensions", "a11y", "sre")


def _silence_thebe(app: Sphinx, config: Config) -> None:
    """Take sphinx-thebe's listeners away; Jupyter Book cannot be told not to load it.

    Its static path stays, because its style sheet is already linked.
    """
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            handler = listener.handler
            if handler.__module__ == "sphinx_thebe" and handler.__name__ != "st_static_path":
                listeners.remove(listener)


def _use_local_mathjax(app: Sphinx, config: Config) -> None:
    if config["mathjax_path"] == MATHJAX_URL:
        config["mathjax_path"] = MATHJAX_PATH


def _provide_libraries(app: Sphinx, env: BuildEnvironment) -> None:
    """Make the large libraries that some page uses, once, in a cache beside the book.

    Sphinx copies the cache as a folder of static files, whenever it writes a page.
    """
    if app.builder.format != "html":
        return
    cache = Path(app.outdir).parent / "coursekit"
    if any(METADATA_KEY in entry for entry in env.metadata.values()):
        version = f"{VEGA_LITE_VERSION}-{metadata.version('vl-convert-python')}"
        _make(cache / f"vega-{version}", VEGA_PATH, _write_vega)
        _serve(app, cache / f"vega-{version}")
    domain = env.get_domain("math")
    if isinstance(domain, MathDomain) and domain.has_equations():
        version = metadata.version("sphinx-mathjax-offline")
        _make(cache / f"mathjax-{version}", MATHJAX_PATH, _copy_mathjax)
        _serve(app, cache / f"mathjax-{version}")


def _make(folder: Path, product: str, write: Callable[[Path], None]) -> None:
    """Have `write` fill `folder` unless that was done before; never leave it half-filled."""
    if folder.exists():
        return
    logger.info("coursekit: preparing %s", product)
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    target = unfinished / product
    target.parent.mkdir(parents=True)
    try:
        write(target)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write_vega(target: Path) -> None:
    # Imported here because it takes 40 MB and half a second, and most builds need it not.
    import vl_convert

    # An ES module: the usual bundles of Vega quarrel with other scripts over global names.
    module = vl_convert.javascript_bundle("export { vega, vegaLite, vegaEmbed };", vl_version=VEGA_LITE_VERSION)
    target.write_text(module, encoding="utf-8")


def _copy_mathjax(target: Path) -> None:
    spec = find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise ExtensionError("Formulas need sphinx-mathjax-offline: pip install -r requirements.txt.")
    source = Path(spec.origin).parent / "static" / "mathjax"
    for part in _MATHJAX_PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, target.parent / part)
        else:
            (target.parent / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / part, target.parent / part)


def _serve(app: Sphinx, folder: Path) -> None:
    # A new list: the old one may be Sphinx's default, which all books of a process share.
    app.config["html_static_path"] = [*app.config["html_static_path"], str(folder)]


def _serve_own_files(app: Sphinx) -> None:
    _serve(app, HERE / "static")


def setup(app: Sphinx) -> None:
    """Register the book's own files and silence those who fetch foreign ones."""
    app.connect("config-inited", _silence_thebe)
    app.connect("config-inited", _use_local_mathjax)
    app.connect("builder-inited", _serve_own_files)
    # This event comes after reading and before the static files are copied, in
    # every build; at that point it is known which pages have charts and formulas.
    app.connect("env-updated", _provide_libraries)
