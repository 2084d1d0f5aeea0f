"""`coursekit serve`."""

from __future__ import annotations

import functools
import http.server
from pathlib import Path

import click

from coursekit.cli.console import console, expected, require_root


class _Cannot(RuntimeError):
    pass


@click.command(
    epilog="""\b
Example:
  coursekit serve --port 8080
""",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free port.")
def command(port: int) -> None:
    """Serve the built book on 127.0.0.1."""
    root = require_root()
    with expected(_Cannot):
        pages = root / "_build" / "html"
        if not (pages / "index.html").is_file():
            raise _Cannot("the book is not built yet; build it: make course")
        server = _listen(pages, port)
    console.print(f"The book is on http://127.0.0.1:{server.server_address[1]}/ (stop with Ctrl+C)")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        console.print("stopped")
    finally:
        server.server_close()


def _listen(pages: Path, port: int) -> http.server.ThreadingHTTPServer:
    handler = functools.partial(_Quiet, directory=str(pages))
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except PermissionError:
        raise _Cannot(f"port {port} needs more rights; take one above 1023: coursekit serve --port 8080") from None
    except OSError:
        raise _Cannot(
            f"port {port} is in use; take another: make serve PORT={port + 1 if port < 65535 else 8000}"
        ) from None


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None: ...
