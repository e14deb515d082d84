"""What docs offer to Prometheus and Grafana asks only for what the daemon says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.daemon_metrics import collect_every_metric

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parents[2] / "docs"


def said() -> dict[str, frozenset[str]]:
    """Every sample that a daemon which saw everything gives, with its labels."""
    samples = [sample for family in collect_every_metric() for sample in family.samples]
    return {sample.name: frozenset(sample.labels) for sample in samples}


def alerts() -> list[str]:
    text = (DOCS / "alerts.yml").read_text(encoding="utf-8")
    return re.findall(r"^ +expr: (.+)$", text, re.MULTILINE)


def panels() -> list[str]:
    def found(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (each for key, each in value.items() if key == "expr")
            yield from (each for inner in value.values() for each in found(inner))
        elif isinstance(value, list):
            yield from (each for inner in value for each in found(inner))

    return list(found(json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))))


def test_there_are_three_alerts_and_a_dashboard() -> None:
    assert len(alerts()) == 3
    assert len(panels()) > 9


@pytest.mark.parametrize("expression", [*alerts(), *panels()])
def test_every_expression_asks_for_what_the_daemon_says(expression: str) -> None:
    metrics = said()
    asked = re.findall(r"\bsyncd_\w+", expression)
    assert asked
    assert [name for name in asked if name not in metrics] == []
    by = {label.strip() for labels in re.findall(r"\bby \(([^)]*)\)", expression) for label in labels.split(",")}
    assert by <= {label for name in asked for label in metrics[name]}


def test_alerts_name_only_labels_that_their_metric_has() -> None:
    text = (DOCS / "alerts.yml").read_text(encoding="utf-8")
    rules = text.split("- alert:")[1:]
    for rule in rules:
        names = re.findall(r"\bsyncd_\w+", rule.split("expr:")[1].splitlines()[0])
        labels = {label for name in names for label in said()[name]} | {"instance", "job"}
        assert set(re.findall(r"\$labels\.(\w+)", rule)) <= labels


def test_the_files_are_well_formed() -> None:
    yaml = pytest.importorskip("yaml")
    loaded = yaml.safe_load((DOCS / "alerts.yml").read_text(encoding="utf-8"))
    rules = [rule for group in loaded["groups"] for rule in group["rules"]]
    assert {key for rule in rules for key in rule} == {"alert", "expr", "for", "labels", "annotations"}
    assert {rule["labels"]["severity"] for rule in rules} == {"warning", "critical"}
