"""All that the sandbox remembers: in memory, of this one process, gone when it stops."""

from sandbox.calls import CallLog
from sandbox.events import EventLog
from sandbox.faults import FaultPlan


class SandboxState:
    """What the stand-ins of all providers share; every part guards itself and may be used from any thread."""

    def __init__(self) -> None:
        self.events = EventLog()
        self.calls = CallLog(self.events)
        self.faults = FaultPlan(self.events)
        self.providers: set[str] = set()
