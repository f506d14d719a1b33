from hw import families
from hw.bitstream import boards


def test_part_clock_and_pins_are_those_of_the_board():
    board = boards.board("gatematea1-evb")
    assert families.of(board) is families.GATEMATE
    assert board.default_clk_frequency == 10e6
    pins = {(resource.name, *(io.name for io in resource.ios if hasattr(io, "ios"))): resource
            for resource in board.resources.values()}
    uart = pins["uart", "rx", "tx"]
    assert [io.ios[0].names for io in uart.ios if hasattr(io, "ios")] == [["IO_SA_A6"], ["IO_SA_B6"]]
