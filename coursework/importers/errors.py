"""What stops an import as a whole."""

from __future__ import annotations


class ImportFailed(ValueError):
    """The source as a whole cannot be imported; the message says why and what to do, in one sentence."""


class SourceError(ImportFailed):
    """The file, folder or archive cannot be read; the message says why and what to do, in one sentence."""
