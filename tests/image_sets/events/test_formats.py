import io

import numpy as np
import pytest

from image_sets.events.formats import is_recording, recording
from tests.helpers.refusals import refused

EVENTS = [(3, 4, 1, 5), (33, 0, 0, 70_000), (0, 33, 1, 8_388_607)]  # x, y, polarity, time


def five_bytes(events):
    return b"".join(bytes([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255]) for x, y, p, t in events)


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def told(found):
    return list(zip(found.x.tolist(), found.y.tolist(), found.polarity.tolist(), found.time.tolist(), strict=True))


def aedat2(chip, words):
    return f"#!AER-DAT2.0\r\n# AEChip: {chip}\r\n".encode() + np.array(words, ">u4").tobytes()


@pytest.mark.parametrize("name", ["00012.bin", "7.bs2", "7.BS2"])
def test_five_bytes_an_event(name):
    assert told(recording(name, five_bytes(EVENTS))) == EVENTS


def test_five_bytes_by_hand():
    assert told(recording("1.bin", bytes([1, 2, 0x81, 0x02, 0x03]))) == [(1, 2, 1, 0x10203)]


@pytest.mark.parametrize("dtype", [np.int32, np.uint64, float])
def test_array_of_four_columns(dtype):
    found = recording("a.npy", saved(np.array(EVENTS, dtype)))
    assert told(found) == EVENTS
    assert found.sensor == (34, 34)


@pytest.mark.parametrize("names", ["x y p t", "X Y pol timestamp", "x y on ts"])
def test_structured_array(names):
    array = np.zeros(3, [(name, "?" if name == "on" else "<i8") for name in reversed(names.split())])
    for name, values in zip(names.split(), zip(*EVENTS, strict=True), strict=True):
        array[name] = values
    assert told(recording("a.npy", saved(array))) == EVENTS


def test_aedat_2_of_a_dvs128_is_turned_upright():
    found = recording("a.aedat", aedat2("ch.unizh.ini.jaer.chip.retina.DVS128",
                                        [(5 << 8 | 2 << 1, 10), (127 << 8 | 127 << 1 | 1, 11)]))
    assert (told(found), found.sensor) == ([(125, 122, 1, 10), (0, 0, 0, 11)], (128, 128))


def test_aedat_2_of_a_davis240_has_events_of_other_kinds():
    found = recording("a.aedat2", aedat2("eu.seebetter.ini.chips.davis.DAVIS240C",
                                         [(1 << 31, 1), (179 << 22 | 239 << 12 | 1 << 11, 2), (1 << 10, 3), (0, 4)]))
    assert (told(found), found.sensor) == ([(0, 0, 1, 2), (239, 179, 0, 4)], (180, 240))


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_aedat_2_whose_first_event_begins_as_a_line_of_the_header(newline):
    header = newline.join(["#!AER-DAT2.0", "# AEChip: DAVIS240C", "#End Of ASCII Header", ""]).encode()
    first = 140 << 22 | 9 << 12 | 1 << 11
    assert first >> 24 == ord("#")
    words = [(first, 10), (first, 11), (first, 2560 + 10)]
    found = recording("a.aedat", header + np.array(words, ">u4").tobytes())
    assert told(found) == [(230, 39, 1, time) for _, time in words]


REFUSED = {
    "cut short": ("1.bin", five_bytes(EVENTS)[:-1], "five bytes an event, not 14 bytes: it is cut short"),
    "empty": ("1.bs2", b"", "recording must have 1 to 16,777,216 events, not 0"),
    "column": ("1.bin", five_bytes([(1, 1, 1, 1), (34, 0, 0, 2)]), r"x must be in 0\.\.33, not 34 as of event 1"),
    "row": ("1.bin", five_bytes([(0, 200, 0, 2)]), r"y must be in 0\.\.33, not 200 as of event 0"),
    "backwards": ("1.bin", five_bytes([(1, 1, 1, 5000), (1, 1, 1, 4999)]),
                  "times must not run backwards, as that of event 1, 4,999 us after 5,000 us"),
    "negative": ("a.npy", saved(np.array([(1, 1, 1, -5)])), r"time must be in 0\.\..*, not -5 as of event 0"),
    "polarity": ("a.npy", saved(np.array([(1, 1, 9, 1)])), r"polarity must be in 0\.\.1, not 9 as of event 0"),
    "fraction": ("a.npy", saved(np.array([(1.5, 1, 1, 1)])), r"x must be in 0\.\.33, not 1\.5 as of event 0"),
    "no number": ("a.npy", saved(np.array([(1, 1, 1, np.nan)])), r"time must be in 0\.\..*, not nan as of event 0"),
    "columns": ("a.npy", saved(np.zeros((4, 3))), r"numbers of shape \(n, 4\).*not float64 of \(4, 3\)"),
    "fields": ("a.npy", saved(np.zeros(2, [("x", "i4"), ("y", "i4"), ("t", "i4")])), r"must have a field polarity"),
    "text": ("a.npy", saved(np.zeros(2, [("x", "i4"), ("y", "i4"), ("p", "U3"), ("t", "i4")])), "field p must hold"),
    "cut array": ("a.npy", saved(np.array(EVENTS))[:-8], "must hold 96 bytes of numbers for int64 of .* not 88 bytes"),
    "pickle": ("a.npy", saved(np.array([(1, 1, 1, 1)]))[:6] + b"\1\0v\0{", "must have a header as"),
    "no array": ("a.npy", b"hello", "must have a header as numpy.save writes it"),
    "AEDAT 3": ("a.aedat", b"#!AER-DAT3.1\r\n", "must be of version 2 or 4, not 3; convert it to a NumPy array"),
    "no AEDAT": ("a.aedat", b"\x89PNG", "must begin with #!AER-DAT, not as a PNG picture"),
    "no camera": ("a.aedat", aedat2("some", [(0, 0)]), "must say in its header that the camera is a DVS128 or a DAVIS"),
    "cut AEDAT": ("a.aedat", aedat2("DVS128", [(0, 0)])[:-3], "eight bytes an event, not 5 bytes: it is cut short"),
    "header alone": ("a.aedat", b"#!AER-DAT2.0\r\n# DVS128", "must have 1 to 16,777,216 events, not 0"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_bad_files_are_refused_in_one_line(what):
    name, content, message = REFUSED[what]
    with refused(message):
        recording(name, content)


def test_an_object_array_is_not_unpickled():
    file = io.BytesIO()
    np.save(file, np.array([{}], object), allow_pickle=True)
    with refused("must hold .* bytes of numbers for object"):
        recording("a.npy", file.getvalue())


def test_unknown_ending():
    with refused(r"^recording, by the ending of its name, must be of kind .*\.npy, not '\.txt'$", TypeError):
        recording("a.txt", b"")


@pytest.mark.parametrize(("name", "due"), [("00002.bin", True), ("data_batch_1.bin", False), ("1.bs2", True),
                                           ("a.npy", True), ("a.png", False), ("x.AEDAT4", True)])
def test_recordings_are_told_by_their_names(name, due):
    assert is_recording(name) == due
