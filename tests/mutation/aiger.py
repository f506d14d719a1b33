"""Sequential circuits as and-inverter graphs: read from AIGER, simulated, reduced by equal registers, written as BLIF.

A literal is twice the number of a variable, plus one for its inverse; 0 is false.
"""

import random
from dataclasses import dataclass, field, replace
from pathlib import Path

LANES = 256  # random runs at once, a bit of an integer each
FULL = (1 << LANES) - 1


@dataclass
class Graph:
    """Registers start at 0 or 1. ``bad`` must stay 0 as long as all of ``constraints`` have always been 1."""

    inputs: list[int]
    names: list[str]  # of the inputs
    registers: dict[int, list[str]]  # their names
    latches: dict[int, int]  # register to the literal of its next value
    init: dict[int, int]
    ands: dict[int, tuple[int, int]]  # in an order in which each one's operands come before it
    bad: int
    constraints: list[int] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path, sides: tuple[str, str]) -> "Graph":
        """Read an ASCII file with symbols and one bad literal or output.

        Registers that may start with anything become registers that start at 0, behind a free input in the first
        cycle. Registers of both ``sides``, that is of the same name but for that, have this input in common.
        """
        lines = path.read_text().splitlines()
        _, count_i, count_l, count_o, count_a, *more = (int(word) for word in lines[0].split()[1:])
        count_b, count_c = (*more, 0, 0)[:2]
        at = iter(lines[1:])
        inputs = [int(next(at)) for _ in range(count_i)]
        rows = [[int(word) for word in next(at).split()] for _ in range(count_l)]
        outputs, bads = ([int(next(at)) for _ in range(count)] for count in (count_o, count_b))
        constraints = [int(next(at)) for _ in range(count_c)]
        ands = {row[0]: (row[1], row[2]) for row in ([int(word) for word in next(at).split()] for _ in range(count_a))}
        symbols = {key: names for key, *names in (line.split() for line in at if line[0] in "il")}
        (bad,) = outputs + bads
        graph = cls(inputs, [" ".join(symbols.get(f"i{place}", [])) for place in range(count_i)],
                    {row[0]: symbols.get(f"l{place}", []) for place, row in enumerate(rows)},
                    {row[0]: row[1] for row in rows}, {row[0]: row[2] if len(row) > 2 else 0 for row in rows},
                    dict(sorted(ands.items())), bad, constraints)
        graph._free(sides)
        return graph

    def _free(self, sides: tuple[str, str]) -> None:
        """Put free inputs in front of the registers that have no initial value."""
        anything = [latch for latch, init in self.init.items() if init == latch]
        top = max([0, *self.inputs, *self.latches, *self.ands])
        started = top + 2
        top += 2
        shared: dict[str, int] = {}
        shown, gates = {}, {}
        for latch in anything:
            names = [name.replace(sides[1], sides[0]) for name in self.registers[latch]] or [str(latch)]
            found = [shared[name] for name in names if name in shared]
            if not found:
                top += 2
                found = [top]
                self.inputs.append(top)
                self.names.append("start")
            shared |= dict.fromkeys(names, found[0])
            gates |= {top + 2: (started, latch), top + 4: (started + 1, found[0]), top + 6: (top + 3, top + 5)}
            shown[latch] = top + 7
            top += 6
            self.init[latch] = 0
        self._replace(shown)
        self.ands = gates | self.ands
        self.latches[started], self.init[started], self.registers[started] = 1, 0, []

    def _replace(self, shown: dict[int, int]) -> None:
        def put(lit: int) -> int:
            return shown.get(lit & ~1, lit & ~1) ^ (lit & 1)

        self.ands = {gate: (put(a), put(b)) for gate, (a, b) in self.ands.items()}
        self.latches = {latch: put(following) for latch, following in self.latches.items()}
        self.bad, self.constraints = put(self.bad), [put(lit) for lit in self.constraints]

    def evaluate(self, values: dict[int, int]) -> dict[int, int]:
        """Extend the lanes of inputs and registers by those of all gates."""
        values[0] = 0
        for gate, (a, b) in self.ands.items():
            values[gate] = (values[a & ~1] ^ -(a & 1)) & (values[b & ~1] ^ -(b & 1)) & FULL
        return values

    def signatures(self, cycles: int, seed: int = 0) -> dict[int, int]:
        """Values of each register in ``cycles`` cycles of random runs that obey the constraints, with few resets."""
        rng = random.Random(seed)
        state = {latch: -value & FULL for latch, value in self.init.items()}
        history = dict.fromkeys(state, 0)
        held: dict[int, int] = dict.fromkeys(self.inputs, 0)
        for _ in range(cycles):
            values = {}
            for _attempt in range(4):  # the lanes whose inputs break a constraint take the inputs of the last cycle
                drawn = {lit: self._draw(rng, name) for lit, name in zip(self.inputs, self.names, strict=True)}
                values = self.evaluate(state | drawn)
                good = FULL
                for constraint in self.constraints:
                    good &= literal(values, constraint)
                held = {lit: drawn[lit] & good | held[lit] & ~good for lit in self.inputs}
            values = self.evaluate(state | held)
            state = {latch: literal(values, following) for latch, following in self.latches.items()}
            for latch, value in state.items():
                history[latch] = history[latch] << LANES | value
        return history

    @staticmethod
    def _draw(rng: random.Random, name: str) -> int:
        bits = rng.getrandbits(LANES)
        if name.startswith("rst"):
            for _ in range(6):
                bits &= rng.getrandbits(LANES)
        return bits

    def blif(self, bads: list[int]) -> str:
        """The graph with one output: whether one of ``bads`` is 1 while the constraints have always been."""
        gates: list[str] = []

        def conjunction(operands: list[int], name: str) -> str:
            gates.append(f".names {' '.join(f'n{lit & ~1}' for lit in operands)} {name}\n"
                         + "".join(str(1 - (lit & 1)) for lit in operands) + " 1")
            return name

        for gate, (a, b) in self.ands.items():
            conjunction([a, b], f"n{gate}")
        conjunction(self.constraints or [1], "lawful")
        gates.append(".names lawful_before lawful lawful_now\n11 1")
        wrong = "\n".join("-" * place + str(1 - (lit & 1)) + "-" * (len(bads) - place - 1) + " 1"
                          for place, lit in enumerate(bads))
        gates.append(f".names {' '.join(f'n{lit & ~1}' for lit in bads)} wrong\n{wrong}")
        gates.append(".names wrong lawful_now bad\n11 1")
        for latch, following in self.latches.items():
            conjunction([following], f"next{latch}")
            gates.append(f".latch next{latch} n{latch} {self.init[latch]}")
        return "\n".join([".model miter", ".inputs " + " ".join(f"n{lit}" for lit in self.inputs), ".outputs bad",
                          ".names n0", ".latch lawful_now lawful_before 1", *gates, ".end\n"])

    def merged(self, same: dict[int, int]) -> tuple["Graph", dict[int, int]]:
        """The graph without the registers ``same``, each replaced by a literal; and whether each then differs next.

        The second value has for each of those registers a literal that is 1 when its next value is not that of its
        replacement: while none ever is, the reduced graph does what this one does.
        """
        reduced = replace(self, latches=dict(self.latches), ands=dict(self.ands))
        reduced._replace(same)
        ands = reduced.ands
        top = max([0, *self.inputs, *self.latches, *ands])
        differs = {}
        for latch, replacement in same.items():
            a, b = reduced.latches.pop(latch), reduced.latches[replacement]
            ands |= {top + 2: (a, b ^ 1), top + 4: (a ^ 1, b), top + 6: (top + 3, top + 5)}
            differs[latch] = top + 7
            top += 6
        reduced.init = {latch: self.init[latch] for latch in reduced.latches}
        return reduced, differs


def literal(values: dict[int, int], lit: int) -> int:
    """Lanes of a literal."""
    return (values[lit & ~1] ^ -(lit & 1)) & FULL


def candidates(graph: Graph, sides: tuple[str, str], cycles: int) -> dict[int, int]:
    """Registers of the second side that were always what those of the same name on the first side were."""
    first, second = sides
    history = graph.signatures(cycles)
    known = {name: latch for latch, names in graph.registers.items() for name in names}
    same = {}
    for latch, names in graph.registers.items():
        for name in names:
            partner = known.get(name.replace(second, first)) if second in name else None
            if partner is not None and partner != latch and partner not in same \
                    and (history[partner], graph.init[partner]) == (history[latch], graph.init[latch]):
                same[latch] = partner
    return same
