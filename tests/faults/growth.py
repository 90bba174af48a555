"""How much memory and how many open files processes hold, over time."""

from __future__ import annotations

import contextlib
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression, median

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Sample:
    """One look: memory in bytes, open files and connections as counts."""

    at: float
    memory: int
    files: int


@dataclass(slots=True)
class Growth:
    """Samples of several things, by name."""

    samples: dict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def look(
        self,
        processes: Mapping[str, int],
        counts: Mapping[str, int],
        mortal: Mapping[str, int] | None = None,
    ) -> None:
        """Note what each process (with its children) holds now, and what was counted.

        Of the `mortal`, whose children come and go, it is the one process that holds most.
        """
        at = time.monotonic()
        for name, pid in ({**processes, **(mortal or {})}).items():
            tree = list(_tree(pid))
            together = max if mortal and name in mortal else sum
            memory = together(map(_memory, tree))
            if memory:
                self.samples[name].append(Sample(at, memory, together(map(_files, tree))))
        for name, count in counts.items():
            self.samples[name].append(Sample(at, 0, count))

    def memory_per_hour(self, name: str) -> float:
        """The slope of the memory, in bytes; what is loaded once at the start is left out."""
        samples = self._steady(name)
        return (
            3600
            * linear_regression(
                [one.at for one in samples], [float(one.memory) for one in samples]
            ).slope
        )

    def more_files(self, name: str) -> int:
        """How many more files or connections are open at the end than soon after the start."""
        return round(self._more(name, lambda one: one.files))

    def more_memory(self, name: str) -> float:
        """How much more memory is held at the end than soon after the start, in bytes.

        For what is ended and started again meanwhile: it has no slope.
        """
        return self._more(name, lambda one: one.memory)

    def _more(self, name: str, held: Callable[[Sample], int]) -> float:
        """By the middle of many looks, so that a single one says nothing."""
        samples = self._steady(name)
        third = max(len(samples) // 3, 1)
        return median(map(held, samples[-third:])) - median(map(held, samples[:third]))

    def _steady(self, name: str) -> list[Sample]:
        samples = self.samples[name]
        return samples[len(samples) // 4 :]


def _tree(pid: int) -> Iterable[int]:
    yield pid
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        for child in children.split():
            yield from _tree(int(child))


def _memory(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return 0


def _files(pid: int) -> int:
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/fd"))
    return 0
