"""Base of one neuron's tick: how it integrates, is compared, and goes on.

Pure expressions, shared by every neuron core, and what they take.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from amaranth.hdl import Array, Const, Module, Mux, Shape, Signal, Value, signed

from quant.dataflow.cores import NeuronCore
from quant.dataflow.memories import loaded
from quant.kinds import Kinds

from ..store import stored

Loaded: TypeAlias = Sequence[Sequence[Value]]


@dataclass(frozen=True)
class Tick:
    """Tick that is computed: its number, and whether another comes before it, a register where ticks are serial."""

    number: Value | int
    later: Value | int

    def begun(self, first: Value, later: Value) -> Value:
        """The value ``first`` in tick 0, else ``later``; behind an adder the choice shares its LUTs."""
        if isinstance(self.later, int):
            return later if self.later else first
        return Mux(self.later, later, first)


@dataclass(frozen=True)
class Ticks:
    """Ticks of serial neurons: the present one of a group counts if ``step``; it may be the first, or the last."""

    step: Value
    first: Value
    last: Value
    group: Value


class Ahead:
    """Channel group that is known a cycle before it counts: integers that depend on it are registers.

    Parameters
    ----------
    m : Module
    group : Value
        Of the next cycle.
    enable : Value or int
        There is a next one.
    ticks : Ticks, optional
        In the present cycle; for integers that depend on the tick too.
    """

    def __init__(self, m: Module, group: Value, enable: Value | int = 1, ticks: Ticks | None = None) -> None:
        self.m, self.group, self.enable, self.ticks = m, group, enable, ticks

    def of_groups(self, own: Sequence[Const]) -> Value:
        """The one of ``own``, each of a group, that counts."""
        register = Signal(own[0].shape(), name="constant", init=own[0].value)
        with self.m.If(self.enable):
            self.m.d.sync += register.eq(one_of(own, self.group))
        return register


def one_of(own: Sequence[Const], group: Value) -> Value:
    """The one of ``own`` that is of ``group``."""
    return own[0] if len({each.value for each in own}) == 1 else Array(own)[group]


Group: TypeAlias = Value | Ahead


def each_group(core: NeuronCore, values: tuple[int, ...], channel: int) -> list[Const]:
    """The integer of ``channel`` in each group."""
    return [Const(value, signed(core.membrane_width)) for value in values[channel::core.channels]]


def constants(core: NeuronCore, values: tuple[int, ...], channel: int, group: Group) -> Value:
    """The integer of ``channel`` in the group being computed."""
    own = each_group(core, values, channel)
    if len({each.value for each in own}) == 1:
        return own[0]
    return group.of_groups(own) if isinstance(group, Ahead) else Array(own)[group]


def constant_luts(core: NeuronCore, values: tuple[int, ...]) -> float:
    """LUTs of a table that gives each group's integer."""
    if len(set(values)) == 1 or core.groups == 1:
        return 0
    return core.membrane_width * core.channels * max(1.0, core.groups / 16)


class Lane:
    """State of one neuron between ticks: V, and what its kind keeps besides. In tick 0 what it holds does not matter.

    A kind of neurons is a subclass in `LANES`: its gates, and its area in closed form.

    Parameters
    ----------
    core : quant.dataflow.cores.NeuronCore
    name : str
        Prefix of its signals.
    loaded : Sequence of Sequence of Value, optional
        From a memory: each of `quant.dataflow.memories.loaded` for each channel, of the group that is computed, or
        compared.

    Attributes
    ----------
    early : bool
        Whether `tick` looks at what is loaded; else `fires` alone does.
    """

    early = True
    assignment: Any
    guards: list[Any]

    def __init__(self, core: NeuronCore, name: str, loaded: Loaded | None = None) -> None:
        self.core, self.loaded = core, loaded
        self.potential = Signal(signed(self.potential_bits(core, loaded is not None)), name=f"{name}_potential")
        self.state = [Signal(shape, name=f"{name}_state{i}") for i, shape in enumerate(self.state_shapes(core))]

    @staticmethod
    def potential_bits(core: NeuronCore, loaded: bool) -> int:
        """Bits of V as it is kept."""
        return core.membrane_width

    @staticmethod
    def state_shapes(core: NeuronCore) -> list[Shape]:
        """Shapes of what is kept besides V; here nothing."""
        return []

    @staticmethod
    def sum_adders(core: NeuronCore) -> int:
        """Adders as wide as n(t)."""
        return 0

    @staticmethod
    def membrane_adders(core: NeuronCore) -> int:
        """Adders and comparators as wide as V; here those of V, of a bias, and of the threshold."""
        return (core.steps > 1) + any(core.neurons.bias) + 1

    @staticmethod
    def table_bits(core: NeuronCore) -> int:
        """Bits of a register of a channel's integers that is more than its table; here none."""
        return 0

    @staticmethod
    def table_luts(core: NeuronCore) -> float:
        """LUTs of the integers of all channels, as of `constant_luts`; here of thresholds and biases."""
        return constant_luts(core, core.thresholds) + constant_luts(core, core.neurons.bias)

    @staticmethod
    def loaded_luts(core: NeuronCore) -> float:
        """As `table_luts`, where what is loaded comes from a memory; here of biases."""
        return constant_luts(core, core.neurons.bias)

    @property
    def registers(self) -> list[Signal]:
        """All of the state."""
        return [self.potential, *self.state]

    @staticmethod
    def compared_bits(core: NeuronCore) -> int:
        """Bits of what `tick` leaves to `fires`."""
        return 1

    def tick(self, n: Value, channel: int, group: Group, tick: Tick) -> tuple[list[Value], Value]:
        """State after a tick with sum ``n`` (V first), and what tells `fires` whether V came to the threshold or above.

        ``assignment`` is then due in the combinational domain, and ``guards`` where the tick counts.
        """
        raise NotImplementedError

    def fires(self, compared: Value, channel: int, group: Group) -> Value:
        """Whether V came to the threshold or above, of what `tick` gave, which may be kept for a cycle; here: that."""
        return compared

    def threshold(self, channel: int, group: Group) -> Value:
        """Threshold of a channel."""
        return constants(self.core, self.core.thresholds, channel, group) if self.loaded is None else (
            self.loaded[0][channel])

    def biased(self, grown: Value, channel: int, group: Group) -> Value:
        """With the bias, if there is one."""
        if any(self.core.neurons.bias):
            return grown + constants(self.core, self.core.neurons.bias, channel, group)
        return grown


LANES: Kinds[type[Lane]] = Kinds("neurons with hardware")


def neuron(core: NeuronCore, name: str, loaded: Loaded | None = None) -> Lane:
    """State of one neuron of the core's kind; ``name`` is the prefix of its signals, ``loaded`` as of `Lane`.

    Raises
    ------
    TypeError
        The neurons are of a kind without hardware.
    """
    return LANES[core.neurons.kind](core, name, loaded)


def after(at: Value, last: Value, step: Value) -> Value:
    """What a counter is in the next cycle."""
    return Mux(step, Mux(last, 0, at + 1), at)[:len(at)]


def loaded_integers(m: Module, component: Any, group: Value, last: Value, step: Value, moves: Value, *,
                    early: bool | None = None) -> Loaded | None:
    """What is loaded, as `Lane` takes it, from the second cycle after a reset on; None where it is in the logic.

    Parameters
    ----------
    group, last, step : Value
        That is computed; whether it is the last; whether the next one is computed in the next cycle.
    moves : Value
        A group that was computed when this was last 1 is compared.
    early : bool, optional
        Whether `Lane.tick` looks at them while a group is computed; False: a cycle later. If it is not given, the kind
        of neurons says it.
    """
    if not component.reload:
        return None
    core, width = component.core, component.core.membrane_width
    early = LANES[core.neurons.kind].early if early is None else early
    address, enable = (after(group, last, step), 1) if early else (group, moves)
    word = stored(m, "thresholds", core, component.write, address, enable)
    return [[word[place * width:(place + 1) * width].as_signed()
             for place in range(row * core.channels, (row + 1) * core.channels)] for row in range(len(loaded(core)))]
