"""What the emulator cannot do, as listed in emulator-gaps.json."""

import json
from dataclasses import dataclass
from pathlib import Path

from .types import plain

TYPE, INPUT, OUTPUT, SECOND_PLAN, DESTROY = "type", "input", "output", "second plan", "destroy"
LISTED = Path(__file__).parent / "emulator-gaps.json"


@dataclass(frozen=True)
class Gap:
    """One thing that the emulator cannot do with resources of one type.

    `what` says where it shows. TYPE: resources of the type are left out. INPUT: those that set
    one of `properties` are. OUTPUT: `properties` change by themselves, and so what refers to
    them. SECOND_PLAN: it would change just `properties`. DESTROY: it fails.
    """

    what: str
    type: str
    reason: str
    properties: tuple[str, ...] = ()

    def covers(self, path: str) -> bool:
        """Whether a property path of the graph is one of `properties`, or within one."""
        return any(f"{plain(path)}.".startswith(f"{own}.") for own in self.properties)


class Gaps:
    """The listed gaps. Raises TypeError or ValueError when an entry says too little or too much."""

    def __init__(self, path: Path = LISTED):
        self.all = [Gap(**(entry | {"properties": tuple(entry.get("properties", ()))}))
                    for entry in json.loads(path.read_text())["gaps"]]
        for gap in self.all:
            if gap.what not in (TYPE, INPUT, OUTPUT, SECOND_PLAN, DESTROY):
                raise ValueError(f"{gap.type}: there is no gap in {gap.what}")
            if bool(gap.properties) != (gap.what not in (TYPE, DESTROY)):
                raise ValueError(f"{gap.type}: a gap in {gap.what} must name properties, or must not")

    def of(self, token: str, *what: str) -> Gap | None:
        """The first gap of a type that shows there."""
        return next((gap for gap in self.all if gap.type == token and gap.what in what), None)

    def left_out(self, token: str, inputs: dict) -> Gap | None:
        """The gap for which a resource is not created in the emulator, if there is one."""
        gap = self.of(token, TYPE, INPUT)
        if gap and (gap.what == TYPE or any(inputs.get(name) is not None for name in gap.properties)):
            return gap
        return None
