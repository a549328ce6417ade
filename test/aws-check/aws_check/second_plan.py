"""Judges the plan that follows an apply: it must be empty, but for the emulator's gaps."""

import json
from dataclasses import dataclass

from .emulator import OUTPUT, SECOND_PLAN, Gap, Gaps
from .translate import REFERENCE, Resource


@dataclass
class Change:
    """What a plan would do with a resource; `differences` are the known ones, as Pulumi paths."""

    resource: Resource
    actions: list[str]
    differences: list[str]

    @property
    def message(self) -> str:
        told = f" {', '.join(self.differences)}" if self.differences else ""
        return f"second plan is not empty: would {' and '.join(self.actions)}{told}"


def reason_for(change: Change, changes: list[Change], gaps: Gaps) -> str:
    """Why a change is the emulator's fault; empty when it is not, or not wholly."""
    if not change.differences:
        changed = {(other.resource.token, other.resource.name) for other in changes}
        followed = [match.group(2) for match in _references(change.resource.inputs)
                    if (match.group(1), match.group(2)) in changed]
        return f"only because {followed[0]} would change" if followed and "create" != change.actions[0] else ""
    own = gaps.of(change.resource.token, SECOND_PLAN)
    reasons = [_reason(path, own, change.resource, gaps) for path in change.differences]
    return "; ".join(dict.fromkeys(reasons)) if all(reasons) else ""


def _reason(path: str, own: Gap | None, resource: Resource, gaps: Gaps) -> str:
    if own and own.covers(path):
        return own.reason
    for token, _, prop in (match.groups() for match in _references(_at(resource.inputs, path))):
        gap = gaps.of(token, OUTPUT)
        if gap and gap.covers(prop):
            return gap.reason
    return ""


def unmet(changes: list[Change], deployed: list[Resource], gaps: Gaps) -> list[str]:
    """The gaps in the second plan that did not show although a resource sets the property."""
    met = {(change.resource.token, path.split(".")[0].split("[")[0]) for change in changes
           for path in change.differences}
    return [f"{gap.type} {prop}" for gap in gaps.all if gap.what == SECOND_PLAN for prop in gap.properties
            if (gap.type, prop.split(".")[0]) not in met
            and any(one.token == gap.type and one.inputs.get(prop.split(".")[0]) for one in deployed)]


def differences(before, after, unknown, path: str = ""):
    """The dotted Terraform paths of known values that a plan would change.

    Nothing is the same as an empty value: an emulator answers one for the other.
    """
    if unknown is True:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = [(key, before.get(key), after[key], _part(unknown, key)) for key in sorted(after)]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [(index, *values, _part(unknown, index)) for index, values in enumerate(zip(before, after))]
    else:
        pairs = []
        if before != after and (before or after is not None):
            yield path.lstrip(".")
    for key, *values in pairs:
        yield from differences(*values, f"{path}.{key}")


def _part(unknown, key):
    if isinstance(unknown, dict):
        return unknown.get(key, False)
    return unknown[key] if isinstance(unknown, list) and key < len(unknown) else False


def _references(value) -> list:
    return list(REFERENCE.finditer(json.dumps(value)))


def _at(inputs, path: str):
    """The graph's value at a path, or the last on the way to it (a JSON text, for one)."""
    here = inputs
    for step in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(here, dict) and step in here:
            here = here[step]
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            break
    return here
