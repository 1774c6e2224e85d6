"""`malha rules`: what the analyser looks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected, connection_options

if TYPE_CHECKING:
    from malha.analysis.v1 import rule_pb2


@click.command()
@click.argument("rule_id", metavar="[ID]", required=False)
@click.option("--category", help="Only rules of this category, such as performance.")
@click.option("--filter", "expression", default="", metavar="AIP-160", help='Such as: severity >= "WARNING".')
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@connection_options
def rules(rule_id: str | None, category: str | None, expression: str, form: str, **place: Any) -> None:
    """List the rules, or explain the one with this ID."""
    with connected(**place) as client:
        if rule_id:
            found = [client.analysis.get_rule(f"rules/{rule_id.removeprefix('rules/')}")]
        else:
            found = list(client.analysis.list_rules(filter=_filter(category, expression), page_size=1000))
    if form == "json":
        click.echo(_json(found, single=bool(rule_id)))
    elif rule_id:
        click.echo(_explained(found[0]))
    else:
        click.echo("\n".join(_row(rule) for rule in found))
        click.echo(f"{len(found)} rules; `malha rules ID` explains one", err=True)


def _filter(category: str | None, expression: str) -> str:
    terms = [f'category = "{category.upper()}"'] if category else []
    return " AND ".join([*terms, f"({expression})"] if expression else terms)


def _json(found: list[rule_pb2.Rule], *, single: bool) -> str:
    from malha.cli.render.json_form import as_dict, dump

    return dump(as_dict(found[0]) if single else {"rules": [as_dict(rule) for rule in found]})


def _row(rule: rule_pb2.Rule) -> str:
    from malha.cli.names import CATEGORIES, SEVERITIES

    category, severity = CATEGORIES.get(rule.category, ""), SEVERITIES.get(rule.severity, "")
    return f"{rule.id:<10} {severity:<9} {category:<14} {rule.title}"


def _explained(rule: rule_pb2.Rule) -> str:
    from malha.cli.names import BASES, CATEGORIES, CONFIDENCES, ENGINES, FIXES, SEVERITIES
    from malha.cli.render.text import paragraphs, safe

    kind = [
        CATEGORIES.get(rule.category, ""),
        SEVERITIES.get(rule.severity, ""),
        f"{CONFIDENCES.get(rule.confidence, 'unknown')} confidence",
        f"found by {ENGINES.get(rule.engine, 'unknown')}",
        f"fix: {FIXES.get(rule.fix_availability, 'unknown')}",
    ]
    parts = [f"{rule.id}  {rule.title}", ", ".join(each for each in kind if each), paragraphs(rule.summary, "")]
    parts += [paragraphs(each, "") for each in rule.explanation.split("\n\n") if each.strip()]
    if rule.HasField("effect"):
        basis = f" ({BASES[rule.effect.basis]}: {rule.effect.source})" if rule.effect.basis in BASES else ""
        parts.append(paragraphs(f"Gain: {rule.effect.summary}{basis}", ""))
    for title, code in (("Instead of", rule.bad_example), ("write", rule.good_example)):
        if code:
            lines = "\n".join(f"    {safe(line)}" for line in code.rstrip("\n").split("\n"))
            parts.append(f"{title}\n{lines}")
    if rule.documentation_url.startswith(("https://", "http://")):  # a path on the server tells what stands above
        parts.append(safe(rule.documentation_url))
    return "\n\n".join(parts)
