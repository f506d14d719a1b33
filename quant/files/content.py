"""Kinds of files that people give by mistake, told by how they begin."""

from collections.abc import Mapping

KINDS: Mapping[str, tuple[bytes, ...]] = {
    "a PNG picture": (b"\x89PNG",), "a JPEG picture": (b"\xff\xd8\xff",), "a GIF picture": (b"GIF8",),
    "a WebP picture": (b"RIFF",), "a TIFF picture": (b"II*\0", b"MM\0*"), "a BMP picture": (b"BM",),
    "a PPM picture": tuple(f"P{digit}{space}".encode() for digit in range(1, 7) for space in "\n\r\t "),
    "a ZIP archive (or a file of PyTorch)": (b"PK\3\4", b"PK\5\6"),
    "a gzip file": (b"\x1f\x8b",), "an xz file": (b"\xfd7zXZ\0",), "a bzip2 file": (b"BZh",),
    "a 7z archive": (b"7z\xbc\xaf\x27\x1c",), "a RAR archive": (b"Rar!\x1a\7",), "a PDF": (b"%PDF",),
    "an HDF5 file": (b"\x89HDF",), "a pickle": (b"\x80\2", b"\x80\3", b"\x80\4", b"\x80\5"),
    "a NumPy array": (b"\x93NUMPY",), "an IDX file": (b"\0\0\x08",)}
BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC", b"avif": "AVIF", b"avis": "AVIF"}
START = 262  # bytes that tell
TEXT = 64  # bytes that tell a text


def kind_of(start: bytes) -> str:
    """Kind of a file of these first bytes, in words that follow "not": "a PNG picture", "an empty file"."""
    if not start:
        return "an empty file"
    if start[4:8] == b"ftyp":
        return f"a picture or film of the kind {BRANDS.get(start[8:12], ascii(start[8:12])[2:-1])}"
    if start[257:262] == b"ustar":
        return "an uncompressed tar archive"
    found = next((kind for kind, magics in KINDS.items() if start.startswith(magics)), None)
    return found or ("a text" if _is_text(start) else f"a file that begins {start[:4].hex(' ')!r}")


def _is_text(start: bytes) -> bool:
    text = start[:TEXT].decode("utf-8", "replace").rstrip("\N{REPLACEMENT CHARACTER}")  # cut within a character
    return bool(text) and all(char.isprintable() or char in "\t\r\n" for char in text) and "\ufffd" not in text
