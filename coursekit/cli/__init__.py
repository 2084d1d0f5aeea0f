"""The `coursekit` command: one module for each part of an instructor's day."""

from coursekit.cli.app import main

__all__ = ["main"]
