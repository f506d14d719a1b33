import gzip
import io
import os
import re
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from binspike.images import load
from tests.helpers.refusals import refused

GREY = (1, 4, 6)
COLOUR = (3, 4, 6)


def pixels(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def saved(folder, picture, name="picture.png", **options):
    picture.save(folder / name, **options)
    return folder / name


def one(path, shape=GREY, **options):
    found = load([path], shape, **options)
    assert found.names == [str(path)]
    assert found.pixels.dtype == np.uint8
    assert found.pixels.shape == (1, *shape)
    return found.pixels[0]


def refuse(path, message, shape=GREY):
    with refused(f"^{re.escape(str(path))}: {message}$"):
        load([path], shape)


def npy(folder, array, name="images.npy"):
    np.save(folder / name, array)
    return folder / name


def idx(folder, array, name="images-idx"):
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    (folder / name).write_bytes(header + array.tobytes())
    return folder / name


def test_a_grey_png_of_the_networks_size_is_taken_as_it_is(tmp_path):
    image = pixels(4, 6)
    assert (one(saved(tmp_path, Image.fromarray(image))) == image).all()


def test_a_colour_png_of_the_networks_size_is_taken_as_it_is(tmp_path):
    image = pixels(4, 6, 3)
    assert (one(saved(tmp_path, Image.fromarray(image)), COLOUR) == image.transpose(2, 0, 1)).all()


def test_colour_becomes_grey_by_its_luma(tmp_path):
    image = pixels(4, 6, 3)
    due = (image @ np.array([19595, 38470, 7471]) + 0x8000) >> 16
    assert (one(saved(tmp_path, Image.fromarray(image))) == due).all()


def test_grey_becomes_three_equal_channels(tmp_path):
    image = pixels(4, 6)
    assert (one(saved(tmp_path, Image.fromarray(image)), COLOUR) == image).all()


def test_a_jpeg_is_read_by_its_content(tmp_path):
    path = saved(tmp_path, Image.new("RGB", (6, 4), (200, 200, 200)), "picture.png", format="JPEG")
    assert (one(path) == 200).all()


def test_what_is_transparent_is_0(tmp_path):
    image = np.full((4, 6, 4), 255, np.uint8)
    image[:2, :, 3] = 0
    path = saved(tmp_path, Image.fromarray(image))
    assert (one(path)[0, :2] == 0).all()
    assert (one(path)[0, 2:] == 255).all()


def test_a_phone_held_upright(tmp_path):
    rising, exif = np.tile(np.arange(16, dtype=np.uint8) * 16, (16, 1)), Image.Exif()
    exif[274] = 6
    found = load([saved(tmp_path, Image.fromarray(rising), exif=exif)], (1, 16, 16))
    assert (found.pixels[0, 0, 0] == 0).all()
    assert (found.pixels[0, 0, -1] == 240).all()
    assert found.changes == {"turned by EXIF orientation": 1}


def test_what_was_done_to_all_pictures(tmp_path):
    paths = [saved(tmp_path, Image.new("L", size), f"{index}.webp" if index else "0.png")
             for index, size in enumerate([(6, 4), (12, 8), (12, 12)])]
    found = load([*paths, npy(tmp_path, pixels(4, 6))], GREY, invert=True)
    assert found.changes == {"inverted": 3, "scaled": 2, "margin of black": 1}
    assert list(found.changes) == ["inverted", "scaled", "margin of black"]


def test_invert(tmp_path):
    image = pixels(4, 6)
    for path in (saved(tmp_path, Image.fromarray(image)), npy(tmp_path, image), idx(tmp_path, image)):
        assert (one(path, invert=True) == 255 - image).all()


@pytest.mark.parametrize(("size", "rows", "columns"), [
    ((60, 40), slice(0, 4), slice(0, 6)), ((40, 40), slice(0, 4), slice(1, 5)), ((60, 20), slice(1, 3), slice(0, 6)),
    ((3, 2), slice(0, 4), slice(0, 6)), ((1, 100), slice(0, 4), slice(2, 3)), ((1000, 1), slice(1, 2), slice(0, 6))])
@pytest.mark.parametrize("invert", [False, True])
def test_a_picture_is_scaled_to_fit_and_centred(tmp_path, size, rows, columns, invert):
    due = np.zeros((4, 6), np.uint8)
    due[rows, columns] = 55 if invert else 200
    assert (one(saved(tmp_path, Image.new("L", size, 200)), invert=invert)[0] == due).all()


def test_scaling_takes_all_pixels_into_account(tmp_path):
    fine = np.indices((400, 600)).sum(0) % 2 * 255
    assert np.abs(one(saved(tmp_path, Image.fromarray(fine.astype(np.uint8)))).astype(int) - 127).max() <= 2


@pytest.mark.parametrize("write", [npy, idx])
def test_arrays_of_several_images(tmp_path, write):
    images = pixels(5, 1, 4, 6)
    for array in (images, images[:, 0]):
        found = load([path := write(tmp_path, array)], GREY)
        assert (found.pixels == images).all()
        assert found.names == [f"{path}[{index}]" for index in range(5)]


@pytest.mark.parametrize("write", [npy, idx])
def test_an_array_of_one_image(tmp_path, write):
    image = pixels(4, 6)
    assert (one(write(tmp_path, image)) == image).all()
    assert (one(write(tmp_path, pixels(1, 3, 4, 6)), COLOUR) == pixels(3, 4, 6)).all()


def test_a_fortran_array(tmp_path):
    images = pixels(2, 1, 4, 6)
    assert (load([npy(tmp_path, np.asfortranarray(images))], GREY).pixels == images).all()


def test_an_array_of_version_2(tmp_path):
    with (tmp_path / "a").open("wb") as file:
        np.lib.format.write_array(file, pixels(4, 6), version=(2, 0))
    assert (one(tmp_path / "a") == pixels(4, 6)).all()


def test_a_compressed_idx(tmp_path):
    path = idx(tmp_path, pixels(2, 4, 6))
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert (load([path], GREY).pixels[:, 0] == pixels(2, 4, 6)).all()


def test_files_follow_each_other(tmp_path):
    first, second = npy(tmp_path, pixels(2, 4, 6)), saved(tmp_path, Image.fromarray(pixels(4, 6, seed=1)))
    found = load([first, second, first], GREY, limit=4)
    assert found.names == [f"{first}[0]", f"{first}[1]", str(second), str(first)]
    assert (found.pixels[3] == found.pixels[0]).all()


def test_what_is_behind_the_limit_is_not_read(tmp_path):
    assert len(load([npy(tmp_path, pixels(2, 4, 6)), tmp_path / "absent"], GREY, limit=2).names) == 2


@pytest.mark.parametrize(("array", "shape", "message"), [
    (pixels(4, 5), GREY, r"images must have shape \(H, W\), \(N, H, W\) or .* with H = 4, W = 6, not \(4, 5\)"),
    (pixels(2, 3, 4, 6), GREY, r"images must have .*, not \(2, 3, 4, 6\)"),
    (pixels(6), GREY, r"images must have .*, not \(6,\)"),
    (pixels(3, 4, 6), COLOUR, r"images must have shape \(N, C, H, W\) with C = 3, H = 4, W = 6, not \(3, 4, 6\)")])
@pytest.mark.parametrize("write", [npy, idx])
def test_arrays_of_another_shape(tmp_path, write, array, shape, message):
    refuse(write(tmp_path, array), message, shape)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.float32, bool, object, "S1"])
def test_arrays_of_another_type(tmp_path, dtype):
    refuse(npy(tmp_path, np.zeros((4, 6)).astype(dtype)), "NumPy file must hold uint8 pixels, not .*")


def header(text, version=b"\1\0"):
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text


@pytest.mark.parametrize(("content", "message"), [
    (b"", "image must be PNG, JPEG, GIF, WebP, TIFF, BMP or PPM, NumPy .npy or IDX, not an empty file"),
    (b"\xff\xfe", "image must be PNG, .*, NumPy .npy or IDX, not a file that begins 'ff fe'"),
    (b"# Title\n", "image must be PNG, .*, NumPy .npy or IDX, not a text"),
    (b"\0\0\0\x18ftypheic", "image must be PNG, .*, not a picture or film of the kind HEIC"),
    (b"PK\3\4", "image must be .*, not a ZIP archive .*"), (b"GIF89a", "picture must be whole, but: .*"),
    (header(b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 1000000)}"),
     r"extents must be at least 1 and at most 268435456 together, not \(1000000, 1000000\)"),
    (header(b"{'descr': '|u1', 'fortran_order': False, 'shape': (-4, -6)}"), "extents must be at least 1 .*"),
    (header(b"{'descr': '|u1', 'fortran_order': False, 'shape': ()}"), "extents must be at least 1 .*"),
    (header(b"{'descr': '|u1', 'fortran_order': False, 'shape': (4, 6)}") + bytes(23),
     r"NumPy file must hold 24 bytes for shape \(4, 6\), not 23"),
    (header(b"{'descr': '|u1', 'fortran_order': False, 'shape': (4, 6)}") + bytes(25),
     r"NumPy file must hold 24 bytes for shape \(4, 6\), not more"),
    (header(b"{'descr': '|u1'}"), ".*"), (header(b"__import__('os')"), ".*"), (header(b"{" * 9000), ".*"),
    (header(b"", b"\3\0"), "NumPy file must be of version 1.0 or 2.0, not 3.0"), (b"\x93NUMPY", ".*"),
    (b"\x93NUM", ".*"), (b"\0\0\x08\3" + b"\x7f\xff\xff\xff" * 3, "IDX extents must be at least 1 and at most .*"),
    (b"\0\0\x08", "IDX magic must be .*"), (b"\x1f\x8bjunk", ".* must be a whole gzip file, .*"),
    (b"\x89PNG\r\n\x1a\n", "picture must be whole, but: .*"), (b"\xff\xd8\xff", "picture must be whole, but: .*")])
def test_damaged_files(tmp_path, content, message):
    (tmp_path / "file").write_bytes(content)
    refuse(tmp_path / "file", message)


def bomb(width, height):
    """A PNG of so many pixels in a few bytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))


@pytest.mark.parametrize("side", [4097, 10_000, 20_000, 2**31 - 1])
def test_a_decompression_bomb_takes_no_memory(tmp_path, side):
    (tmp_path / "file").write_bytes(bomb(side, side))
    tracemalloc.start()
    refuse(tmp_path / "file", "picture must .*")
    assert tracemalloc.get_traced_memory()[1] < 2**21
    tracemalloc.stop()


def test_a_picture_has_no_more_pixels_than_allowed(tmp_path):
    (tmp_path / "file").write_bytes(bomb(4096, 4097))
    refuse(tmp_path / "file", "picture must have at most 16777216 pixels, not 4096 x 4097")


def test_a_compressed_idx_that_announces_too_much(tmp_path):
    (tmp_path / "file").write_bytes(gzip.compress(b"\0\0\x08\3" + struct.pack(">3I", 10**6, 28, 28) + bytes(10**6)))
    refuse(tmp_path / "file", "IDX extents must be at least 1 and at most 268435456 together, not .*")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_damaged_pictures_are_refused_or_read(tmp_path, kind):
    """Nothing but a ValueError of one line, wherever the damage is."""
    file = io.BytesIO()
    Image.fromarray(pixels(20, 30, 3)).save(file, kind)
    whole, rng, refused = file.getvalue(), np.random.default_rng(1), 0
    read = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(rng.integers(1, 4)):
            damaged[rng.integers(4, len(damaged))] = rng.integers(256)
        (tmp_path / "file").write_bytes(damaged[:rng.integers(4, len(damaged) * 2)])
        try:
            one(tmp_path / "file")
        except ValueError as error:
            refused += re.fullmatch(r"\S+/file: .+", str(error)) is not None
        else:
            read += 1
    assert refused + read == 300
    assert refused > 100


def test_pictures_are_for_one_channel_or_three(tmp_path):
    refuse(saved(tmp_path, Image.new("L", (6, 4))), "pictures are for networks of 1 or 3 channels, not 2; give a "
           "NumPy array", (2, 4, 6))


def test_no_images():
    with pytest.raises(ValueError, match="^images must be at least one$"):
        load([], GREY)


def test_a_file_that_is_absent(tmp_path):
    with pytest.raises(FileNotFoundError):
        load([tmp_path / "absent"], GREY)


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        refuse(path, "image must be a file")
    refuse(tmp_path, "image must be a file, not a folder; name the files in it")
