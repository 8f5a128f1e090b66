"""The alert rules: well-formed, and about metrics and labels that the code really has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any

import promql_parser
import pytest
import yaml

from tests.deploy.desk import PROMETHEUS, ROOT

RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "sportello.rules.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
SCRAPED_LABELS = {"job", "instance", "process", "namespace", "pod", "le"}
KINDS = ("Counter", "Gauge", "Histogram", "GaugeMetricFamily")


@cache
def declared_metrics() -> dict[str, set[str]]:
    """Each metric's labels, read from the source: services imported side by side would mix them up."""
    metrics: dict[str, set[str]] = {"up": set()}
    for folder in ("services", "shared"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if not any(f"{kind}(" in text for kind in KINDS):
                continue
            for call in ast.walk(ast.parse(text)):
                if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                    continue
                if call.func.id in KINDS and len(call.args) >= 2:
                    name = ast.literal_eval(call.args[0])
                    named = [word.value for word in call.keywords if word.arg == "labels"]
                    given = [*call.args[2:3], *named]
                    labels = set(ast.literal_eval(given[0])) if given else set()
                    metrics[name] = metrics.get(name, set()) | labels
    return metrics


def selectors(expression: promql_parser.Expr) -> Iterator[promql_parser.VectorSelector]:
    """Every selector of metrics in an expression."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    for part in ("lhs", "rhs", "expr", "vector_selector"):
        if hasattr(expression, part):
            yield from selectors(getattr(expression, part))
    for argument in getattr(expression, "args", []):
        yield from selectors(argument)


def labels_of(metric: str) -> set[str] | None:
    """The labels of a metric as Prometheus stores it; None when the code has no such metric."""
    known = declared_metrics()
    for suffix in ("", "_bucket", "_count", "_sum"):
        if metric.endswith(suffix) and (name := metric.removesuffix(suffix)) in known:
            return known[name] | SCRAPED_LABELS
    return None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_metrics_and_labels_that_exist(rule: dict[str, Any]) -> None:
    asked = list(selectors(promql_parser.parse(rule["expr"])))
    assert asked
    for selector in asked:
        known = labels_of(selector.name or "")
        assert known is not None, f"no metric {selector.name}"
        assert {matcher.name for matcher in selector.matchers.matchers} <= known


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_urgent_it_is_what_is_lost_and_what_to_look_at(rule: dict[str, Any]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert {"summary", "description"} == rule["annotations"].keys()
    assert rule["alert"] in (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def test_every_alert_has_its_own_name() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["prometheus.yml", "local.yml", "kubernetes.yml"])
def test_every_configuration_uses_the_rules(name: str) -> None:
    configuration = yaml.safe_load((PROMETHEUS / name).read_text(encoding="utf-8"))
    assert configuration["rule_files"] == ["sportello.rules.yml"]
