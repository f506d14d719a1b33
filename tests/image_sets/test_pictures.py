"""Pictures of every kind that people have, each a real file that Pillow writes here."""

import io
import struct
import zlib

import numpy as np
import PIL
import pytest
from PIL import Image

from image_sets import pictures
from image_sets.archive import Archive
from image_sets.pictures import picture
from image_sets.tree import Tree
from tests.helpers.image_sets import noise, write_archive
from tests.helpers.refusals import refused

RISING = np.tile(np.arange(16, dtype=np.uint8) * 16, (16, 1))  # columns 0, 16, ... 240
ORIENTATION = 274
TURNS = {2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: np.transpose, 6: lambda a: np.rot90(a, -1),
         7: lambda a: np.rot90(a, 2).T, 8: np.rot90}  # how a viewer shows what is stored, by the standard


def file(image, kind="PNG", **options) -> io.BytesIO:
    data = io.BytesIO()
    image.save(data, kind, **options)
    data.seek(0)
    return data


def exif(orientation):
    found = Image.Exif()
    found[ORIENTATION] = orientation
    return found


def read(image, kind="PNG", channels=1, size=None, *, invert=False, **options):
    """Pixels of a picture that is saved so, and what was changed."""
    found = picture(file(image, kind, **options), channels, size, invert=invert)
    assert found.pixels.dtype == np.uint8
    assert set(found.changes) <= set(pictures.CHANGES)
    return (found.pixels[0] if channels == 1 else found.pixels), found.changes


def upright(pixels):
    """True for what is RISING, turned by a quarter clockwise."""
    return abs(pixels[0].astype(int)).max() < 9 and abs(pixels[-1].astype(int) - 240).max() < 9


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_the_orientation_of_a_phone_held_upright(kind):
    pixels, changes = read(Image.fromarray(RISING), kind, exif=exif(6))
    assert upright(pixels)
    assert pictures.TURNED in changes


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("mode", ["L", "RGB", "I;16"])
def test_every_orientation(orientation, mode):
    image = noise(5, 7)
    stored = Image.fromarray(image.astype(np.uint16) << 8) if mode == "I;16" else Image.fromarray(image).convert(mode)
    pixels, changes = read(stored, exif=exif(orientation))
    assert (pixels == TURNS[orientation](image)).all()
    assert pictures.TURNED in changes


@pytest.mark.parametrize("orientation", [0, 1, 9, 65535])
def test_an_orientation_that_is_none_turns_nothing(orientation):
    pixels, changes = read(Image.fromarray(RISING), exif=exif(orientation))
    assert ((pixels == RISING).all(), changes) == (True, ())


def test_orientation_in_trees_and_archives(tmp_path, monkeypatch):
    monkeypatch.setenv("BINSPIKE_CACHE", str(tmp_path / "cache"))
    data = file(Image.fromarray(RISING), "JPEG", exif=exif(6), quality=100).getvalue()
    members = {f"{name}/{index}.JPG": data for name in ("cat", "dog") for index in range(2)}
    for name, content in members.items():
        path = tmp_path / "zoo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    write_archive(tmp_path / "zoo.tar.gz", members, "w:gz")
    for data_set in (Tree(path="zoo"), Archive(path="zoo.tar.gz"), Archive(path="zoo.tar.gz")):  # the last: cached
        found = data_set.read(tmp_path, "train")
        assert all(upright(image[0]) for image in found.pixels)
        assert found.changes == {pictures.TURNED: 2}


@pytest.mark.parametrize(("kind", "order"), [("PNG", "<"), ("TIFF", "<"), ("TIFF", ">"), ("PPM", "<")])
def test_grey_of_16_bits_is_scaled(kind, order):
    """Not clipped: 65,535 is 255, and 255 is 0."""
    values = np.linspace(0, 65535, 63).astype(np.uint16).reshape(7, 9)
    big = Image.frombytes("I;16B", (9, 7), values.astype(">u2").tobytes())
    image = big if order == ">" else Image.fromarray(values)
    pixels, changes = read(image, kind)
    assert (pixels == values >> 8).all()
    assert pixels.max() == 255
    assert changes == (pictures.DEPTH,)


def test_colour_of_16_bits():
    """A PNG of one red pixel of 16 bits a channel, which Pillow does not write: made of its chunks."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    data = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(struct.pack(">BHHH", 0, 0x8001, 0x40FF, 0x00FF))) + chunk(b"IEND", b""))
    found = picture(io.BytesIO(data), 3)
    assert found.pixels.ravel().tolist() == [0x80, 0x40, 0]
    assert found.changes == (pictures.DEPTH,)


def test_a_transparent_value_of_16_bits():
    values = np.array([[0x8000, 0x8001, 0xFFFF]], np.uint16)
    pixels, changes = read(Image.fromarray(values), transparency=0x8001)
    assert pixels.tolist() == [[128, 0, 255]]
    assert changes == (pictures.DEPTH, pictures.BLENDED)


@pytest.mark.parametrize(("mode", "kind"), [("I", "TIFF"), ("F", "TIFF"), ("LAB", "TIFF")])
def test_modes_that_are_not_read_are_named(mode, kind):
    with refused(f"^picture must be grey, of a palette, RGB, CMYK or YCbCr, of at most 16 bits a channel, not of "
                 f"Pillow's mode {mode}; save it as PNG of 8 or 16 bits$"):
        read(Image.new(mode, (3, 3)), kind)


def colours(mode):
    """A picture of red, green, blue and white in a mode."""
    plain = Image.fromarray(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8))
    return plain, (plain.quantize(4) if mode == "P" else plain.convert(mode))


@pytest.mark.parametrize(("mode", "kind"), [
    ("P", "PNG"), ("P", "GIF"), ("P", "TIFF"), ("P", "BMP"), ("CMYK", "TIFF"), ("RGBA", "PNG"), ("RGBA", "TIFF"),
    ("RGB", "BMP"), ("RGB", "PPM"), ("RGBX", "TIFF")])
def test_every_mode_of_colour(mode, kind):
    plain, image = colours(mode)
    assert (read(image, kind, 3)[0] == np.asarray(plain).transpose(2, 0, 1)).all()
    grey, changes = read(image, kind)
    assert (grey == np.asarray(plain.convert("L"))).all()
    assert changes == (pictures.TO_GREY,)


@pytest.mark.parametrize(("mode", "kind"), [
    ("CMYK", "JPEG"), ("YCbCr", "JPEG"), ("RGB", "WEBP"),
    pytest.param("YCbCr", "TIFF", marks=pytest.mark.skipif(int(PIL.__version__.split(".")[0]) < 13,
                                                           reason="Pillow before 13 writes it without its end"))])
def test_modes_that_lose_something(mode, kind):
    image = Image.new("RGB", (8, 8), (200, 60, 30)).convert(mode)
    assert np.abs(read(image, kind, 3)[0][:, 4, 4].astype(int) - (200, 60, 30)).max() < 9


@pytest.mark.parametrize(("mode", "kind"), [("1", "PNG"), ("1", "TIFF"), ("1", "PPM"), ("L", "PPM"), ("LA", "PNG"),
                                            ("L", "BMP"), ("L", "TIFF")])
def test_every_mode_of_grey(mode, kind):
    image = np.where(noise(5, 7) > 127, 255, 0).astype(np.uint8)
    pixels, changes = read(Image.fromarray(image).convert(mode), kind)
    assert ((pixels == image).all(), changes) == (True, ())
    assert read(Image.fromarray(image).convert(mode), kind, 3)[1] == (pictures.TO_RGB,)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_blended_with_black(kind):
    image = np.full((4, 6, 4), 200, np.uint8)
    image[..., 3] = np.repeat([[0], [51], [128], [255]], 6, 1)
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    pixels, changes = read(Image.fromarray(image), kind, **options)
    assert pixels[:, 0].tolist() == [0, 40, 100, 200]
    assert changes == (pictures.BLENDED,)


def test_black_on_transparent_is_seen_when_inverted():
    image = np.zeros((2, 3, 4), np.uint8)
    image[0, :, 3] = 255
    pixels, changes = read(Image.fromarray(image), invert=True)
    assert pixels.tolist() == [[255] * 3, [0] * 3]
    assert changes == (pictures.INVERTED, pictures.BLENDED)


@pytest.mark.parametrize("transparent", [0, bytes([0, 255, 255, 255])])
def test_a_palette_with_transparency(transparent):
    """One of its colours, or an opacity of each: neither leaves a warning."""
    image = Image.fromarray(np.array([[0, 1, 2, 3]], np.uint8)).convert("P")
    image.putpalette([255, 255, 255, 9, 9, 9, 99, 99, 99, 200, 200, 200])
    pixels, changes = read(image, transparency=transparent)
    assert pixels.tolist() == [[0, 9, 99, 200]]
    assert changes == (pictures.BLENDED,)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_several_frames_the_first_is_taken(kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    pixels, changes = read(frames[0], kind, 3, save_all=True, append_images=frames[1:])
    assert np.abs(pixels[:, 4, 4].astype(int) - (250, 0, 0)).max() < 5
    assert changes == (pictures.FRAME,)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_one_frame_is_not_several(kind):
    assert pictures.FRAME not in read(Image.new("RGB", (8, 8), (9, 9, 9)), kind, 3)[1]


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "group4"])
def test_compressions_of_tiff(compression):
    image = Image.fromarray(np.where(noise(50, 70) > 127, 255, 0).astype(np.uint8)).convert("1")
    assert (read(image, "TIFF", compression=compression)[0] == np.asarray(image) * 255).all()


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_tiff_that_is_cut_is_refused_in_one_line(compression, capfd):
    """Also the library below Pillow says nothing on standard error."""
    data = file(Image.fromarray(noise(50, 70)), "TIFF", compression=compression).getvalue()
    for cut in (8, len(data) // 2, len(data) - 400):
        with refused("^picture must be whole, but: "):
            picture(io.BytesIO(data[:cut]), 1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("offset", "value", "due"), [
    (7, 255, (pictures.METADATA,)),  # the place of the entries
    (8, 255, (pictures.TURNED, pictures.METADATA)),  # their number
    (11, 63, (pictures.TURNED,)),  # the tag of the first, which then cannot be written again
    (15, 255, (pictures.TURNED, pictures.METADATA)),  # its length; Pillow before 13 then finds no orientation either
    (29, 255, (pictures.METADATA,))])  # the orientation
def test_a_damaged_exif_is_passed_over_and_told(offset, value, due):
    entries = exif(6)
    entries[271] = "maker"
    data = bytearray(file(Image.fromarray(RISING), "JPEG", exif=entries).getvalue())
    data[data.index(b"Exif\0\0") + 6 + offset] = value
    found = picture(io.BytesIO(data), 1)
    assert upright(found.pixels[0]) == (pictures.TURNED in found.changes)
    older = offset == 15 and int(PIL.__version__.split(".")[0]) < 13
    assert found.changes == (due[1:] if older else due)


@pytest.mark.parametrize(("size", "due"), [
    ((16, 16), ()), (None, ()), ((8, 8), (pictures.SCALED,)), ((16, 20), (pictures.MARGIN,)),
    ((8, 20), (pictures.SCALED, pictures.MARGIN))])
def test_scaling_is_told(size, due):
    assert read(Image.fromarray(RISING), size=size)[1] == due


def test_formats_are_told_by_content_and_no_other_is_opened():
    for kind in ("ICO", "PCX", "PDF", "EPS", "ICNS"):
        with refused(f"^picture must be {pictures.NAMES}, not (a PDF|a file that begins '.*'|a text)$"):
            read(Image.new("RGB", (32, 32)), kind)
