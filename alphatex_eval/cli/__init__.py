"""The command `alphatex`: thin subcommands that parse arguments, call the library and print.

Built-in subcommands are imported only when called; other packages add theirs through the entry-point group
`alphatex_eval.commands`.
"""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

COMMANDS = {
    "check": "alphatex_eval.cli.check:check",
    "compare": "alphatex_eval.cli.compare:compare",
    "explain": "alphatex_eval.cli.explain:explain",
    "export": "alphatex_eval.cli.export:export",
    "format": "alphatex_eval.cli.format:format_",
    "prompts": "alphatex_eval.cli.prompts:prompts",
    "rank": "alphatex_eval.cli.rank:rank",
    "report": "alphatex_eval.cli.report:report",
    "rescore": "alphatex_eval.cli.rescore:rescore",
    "rubrics": "alphatex_eval.cli.rubrics:rubrics",
    "run": "alphatex_eval.cli.run:run",
    "score": "alphatex_eval.cli.score:score",
    "scorers": "alphatex_eval.cli.scorers:scorers",
}
GROUP = "alphatex_eval.commands"


class LazyGroup(click.Group):
    """A group that imports a subcommand when it is called or listed."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """As click's; what the terminal cannot show is escaped, and output that cannot be written is one line."""
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if error.filename is not None:
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left of it is not tried again
            click.echo(f"Error: the output cannot be written: {error.strerror or error}", err=True)
            sys.exit(2)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Built-in names and those of installed packages."""
        return sorted({*COMMANDS, *_installed().names})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The subcommand `name`; None when there is none, or with a warning when that of a package is broken."""
        if name not in COMMANDS:
            matches = [entry for entry in _installed() if entry.name == name]
            return _loaded(matches[0]) if matches else None
        module, attribute = COMMANDS[name].split(":")
        found = getattr(import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with a suggestion for an unknown name."""
        if args and self.get_command(ctx, args[0]) is None:
            from alphatex_eval.scorers.registry import suggestion

            names = [name for name in self.list_commands(ctx) if name != args[0]]
            ctx.fail(f"No such command {args[0]!r}.{suggestion(args[0], names)}")
        return super().resolve_command(ctx, args)


def _loaded(entry: EntryPoint) -> click.Command | None:
    try:
        found = entry.load()
    except Exception as error:
        click.echo(f"warning: command {entry.name!r} ({entry.value}) cannot be loaded: {error!r}", err=True)
        return None
    if not isinstance(found, click.Command):
        click.echo(f"warning: command {entry.name!r} ({entry.value}) is no click command", err=True)
        return None
    return found


def _installed() -> EntryPoints:
    """The subcommands of installed packages; `importlib.metadata` costs a third of the start of a built-in one."""
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


@click.group(cls=LazyGroup)
@click.version_option(package_name="alphatex-eval")
def main() -> None:
    """Evaluate alphaTex guitar tabs: check, score, rank."""
