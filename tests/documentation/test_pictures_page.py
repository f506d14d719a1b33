"""The page on pictures: what it prints, the changes and the formats that it names."""

import re

import pytest
from PIL import Image

from image_sets.pictures import CHANGES, FORMATS
from tests.documentation.pages import ROOT, sessions
from tests.documentation.test_commands import run_and_compare
from tests.helpers.image_sets import noise

PAGE = ROOT / "docs" / "pictures.md"


@pytest.fixture
def photos(tmp_path):
    """The folder of the page: 26 pictures of each class, as a phone makes them and as they come from elsewhere."""
    exif = Image.Exif()
    exif[274] = 6
    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for index in range(24):
            image = Image.fromarray(noise(24, 32, 3, seed=index))
            image.save(tmp_path / "photos" / name / f"{index}.JPG", **({"exif": exif} if index < 6 else {}))
        Image.new("RGB", (40, 40), "red").save(tmp_path / "photos" / name / "square.bmp")
    plain = Image.new("L", (40, 40))
    plain.save(tmp_path / "photos" / "cat" / "moves.gif", save_all=True, append_images=[Image.new("L", (40, 40), 9)])
    Image.new("LA", (40, 40), (99, 50)).save(tmp_path / "photos" / "dog" / "clear.png")
    return tmp_path


def test_the_check_prints_what_the_page_says(photos, capsys, monkeypatch):
    ((command, printed),) = sessions(PAGE)
    run_and_compare(command, printed, capsys, monkeypatch, photos)
    with Image.open(photos / "sheet.png") as sheet:
        assert sheet.width == 900


def test_every_change_is_in_the_table():
    rows = re.findall(r"^\| (`.*?) \|", PAGE.read_text(), re.MULTILINE)
    assert sorted(re.findall(r"`(.*?)`", " ".join(rows))) == sorted(CHANGES)


def test_every_format_is_named():
    (line,) = re.findall(r"^PNG, .* told by their content", PAGE.read_text(), re.MULTILINE)
    assert set(FORMATS) <= set(re.findall(r"\w+", line))
