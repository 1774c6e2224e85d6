"""`malha price`: what cloud compute costs. Each verb's module is loaded when it is called for."""

from __future__ import annotations

from importlib import import_module

import click

_VERBS = {
    "alerts": "Be told by webhook when prices change.",
    "ask": "Ask in plain words, English or Portuguese.",
    "breakeven": "Say when a commitment is cheaper than paying on demand.",
    "capacity": "Say how many instances a load needs, what they cost, when to scale.",
    "compare": "Set offers, types or needs side by side.",
    "estimate": "Say what a workload costs by the hour, month and year.",
    "forecast": "Say where a price, or a demand of your own, is going.",
    "history": "Show the prices that an offer had.",
    "providers": "List the providers, with their GPU models.",
    "quarantine": "Look at rows that were read and not published, and decide about them.",
    "recommend": "Find the cheapest way to cover a need or a workload.",
    "refresh": "Read the providers' prices anew.",
    "regions": "List the regions, with their areas.",
    "search": "Find offers by what they are like.",
    "show": "Show all that is known of an offer.",
    "tokens": "List what language models cost by the token.",
    "watch": "Follow the changes of prices as they are published.",
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        command: click.Command = getattr(import_module(f"malha.cli.price.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(sorted(_VERBS.items()))


@click.group(cls=_Verbs)
def price() -> None:
    """What cloud compute costs, with the source and the date of every figure.

    An OFFER is one way to buy an hour: provider, region, type and how it is bought, such as
    aws~us-east-1~m7i.large~on_demand; `malha price search --ids` prints them.
    """
