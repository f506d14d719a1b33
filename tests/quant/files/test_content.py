import gzip
import io
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from quant.files import zoo
from quant.files.content import START, kind_of


def written(write, *arguments, **options) -> bytes:
    file = io.BytesIO()
    write(file, *arguments, **options)
    return file.getvalue()


def picture(kind) -> bytes:
    return written(Image.new("L", (9, 9)).save, kind)


def archive() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("x"))
    return file.getvalue()


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("x", "y")
    return file.getvalue()


@pytest.mark.parametrize(("content", "kind"), [
    *((picture(kind), f"a {kind} picture") for kind in ("PNG", "JPEG", "GIF", "WebP", "TIFF", "BMP", "PPM")),
    (b"\0\0\0\x18ftypheic\0\0", "a picture or film of the kind HEIC"),
    (b"\0\0\0\x1cftypavif\0\0", "a picture or film of the kind AVIF"),
    (b"\0\0\0\x18ftypmp42", "a picture or film of the kind mp42"), (b"", "an empty file"),
    (b"# Title\n\nA text.\n", "a text"), (b"x", "a text"), (b"#" + "ö".encode() * 99, "a text"),
    (b"\xff\xfe\0\0", "a file that begins 'ff fe 00 00'"), (b"MZ\0\1", "a file that begins '4d 5a 00 01'"),
    (zipped(), "a ZIP archive (or a file of PyTorch)"), (archive(), "an uncompressed tar archive"),
    (gzip.compress(b"x", mtime=0), "a gzip file"), (written(np.save, np.zeros(3)), "a NumPy array"),
    (b"\0\0\x08\3\0\0\0\1", "an IDX file"), (written(np.savez, x=1), "a ZIP archive (or a file of PyTorch)")])
def test_kinds(content, kind):
    assert kind_of(content[:START]) == kind


def test_a_network_is_none_of_these():
    assert kind_of(zoo.path("mnist-up5k").read_bytes()[:START]).startswith("a file that begins ")
