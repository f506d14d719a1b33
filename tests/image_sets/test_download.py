import gzip
import hashlib
import json
import random
import re
import signal
from pathlib import Path

import pytest

from binspike import cli
from image_sets import KNOWN, Known, data_folder
from image_sets.cifar import Cifar
from image_sets.download import DownloadError, fetch
from image_sets.idx import Idx
from image_sets.known import Download
from quant.files import cache
from tests.helpers.image_sets import noise, write_archive, write_binary
from tests.helpers.interrupted import calls, interrupted
from tests.helpers.mirror import Server

FILES = {"one.gz": gzip.compress(b"a" * 50_000), "two.gz": gzip.compress(noise(300_000).tobytes())}


@pytest.fixture
def server():
    with Server(FILES) as server:
        yield server
        server.shutdown()


def sum_of(data):
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def known(*mirrors, **changes):
    downloads = tuple(Download(file=name, size=400_000, digest=sum_of(gzip.decompress(data)))
                      for name, data in FILES.items())
    return Known(**{"title": "Some", "places": (Idx(path="some"),), "images": {}, "downloads": downloads,
                    "mirrors": mirrors} | changes)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_every_file_is_fetched_whole(tmp_path, server):
    seen = []
    found = list(fetch(known(server.address), tmp_path / "new", lambda *step: seen.append(step)))
    assert found == [("one.gz", "fetched"), ("two.gz", "fetched")]
    assert {path.name: path.read_bytes() for path in (tmp_path / "new" / "some").iterdir()} == FILES
    assert seen[-1] == ("two.gz", len(FILES["two.gz"]), len(FILES["two.gz"]))
    assert len(seen) > 3


def test_what_is_there_is_not_fetched_again(tmp_path, server):
    list(fetch(known(server.address), tmp_path))
    (tmp_path / "some" / "two").write_bytes(gzip.decompress((tmp_path / "some" / "two.gz").read_bytes()))
    (tmp_path / "some" / "two.gz").unlink()
    (tmp_path / "some" / "one.gz").write_bytes(b"damaged")
    assert list(fetch(known(server.address), tmp_path)) == [("one.gz", "fetched"), ("two.gz", "was there")]


def test_a_broken_connection_is_gone_on_with(tmp_path, server):
    server.cut = 100_000
    with pytest.raises(DownloadError, match=r"two\.gz could not .*: the connection ended after 200,000 of "):
        list(fetch(known(server.address), tmp_path))
    assert names(tmp_path) == [".some.part"]
    assert names(tmp_path / ".some.part") == [".two.gz", "one.gz"]
    server.cut = None
    assert list(fetch(known(server.address), tmp_path))[1] == ("two.gz", "fetched")
    assert [begin for name, begin in server.asked if name == "two.gz"] == [None, "bytes=100000-", "bytes=200000-"]
    assert (tmp_path / "some" / "two.gz").read_bytes() == FILES["two.gz"]


def begun(folder, data):
    """Leave the beginning of two.gz, as an interrupted download does."""
    (folder / ".some.part").mkdir()
    (folder / ".some.part" / ".two.gz").write_bytes(data)


def test_a_server_without_ranges_begins_anew(tmp_path, server):
    begun(tmp_path, FILES["two.gz"][:1000])
    server.ranges = False
    list(fetch(known(server.address), tmp_path))
    assert (tmp_path / "some" / "two.gz").read_bytes() == FILES["two.gz"]


@pytest.mark.parametrize("part", [b"x" * 1000, b"x" * 500_000])
def test_a_part_of_something_else_is_thrown_away(tmp_path, server, part):
    begun(tmp_path, part)
    list(fetch(known(server.address), tmp_path))
    assert names(tmp_path) == ["some"]
    assert names(tmp_path / "some") == ["one.gz", "two.gz"]
    assert (tmp_path / "some" / "two.gz").read_bytes() == FILES["two.gz"]


def test_a_part_that_is_the_whole_file(tmp_path, server):
    begun(tmp_path, FILES["two.gz"])
    assert list(fetch(known(server.address), tmp_path))[1] == ("two.gz", "fetched")


def test_the_next_mirror_is_asked(tmp_path, server):
    with Server({"one.gz": b"wrong"}) as other:
        list(fetch(known(other.address, "http://127.0.0.1:1/", server.address), tmp_path))
        other.shutdown()
    assert (tmp_path / "some" / "one.gz").read_bytes() == FILES["one.gz"]


def test_a_wrong_file_is_not_kept(tmp_path, server):
    server.files["one.gz"] = FILES["two.gz"]
    message = r"^one\.gz could not be fetched; http://\S+/one\.gz: what is there must have sha256:[0-9a-f]{64}$"
    with pytest.raises(DownloadError, match=message) as caught:
        list(fetch(known(server.address), tmp_path))
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == [".some.part"]
    assert names(tmp_path / ".some.part") == []


def test_no_more_is_taken_than_the_file_may_have(tmp_path, server):
    server.files["one.gz"] = bytes(2_000_000)
    seen = []
    with pytest.raises(DownloadError):
        list(fetch(known(server.address), tmp_path, lambda *step: seen.append(step[1])))
    assert max(seen) <= 400_000 + 2**16


def test_no_server(tmp_path):
    with pytest.raises(DownloadError, match=r"one\.gz could not be fetched; http://127\.0\.0\.1:1/one\.gz: .*refused"):
        list(fetch(known("http://127.0.0.1:1/"), tmp_path))


def test_a_file_that_the_server_has_not(tmp_path, server):
    del server.files["one.gz"]
    with pytest.raises(DownloadError, match=r"one\.gz: Not Found$"):
        list(fetch(known(server.address), tmp_path))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_is_interrupted_is_no_data_set(tmp_path, server, number):
    """Stopped at any moment, the folder of the data set holds all files or is not there; and the next call ends it."""
    some, rng, left = known(server.address), random.Random(1), 0

    def action():
        list(fetch(some, folder))
    folder = tmp_path / "whole"
    moments = calls(action)
    for turn in range(5):
        folder = tmp_path / str(turn)
        interrupted(action, number, moments if turn == 4 else rng.randint(1, moments))
        here = {path.name: path.read_bytes() for path in (folder / "some").glob("*")}
        assert some.lies_in(folder) == (here == FILES)
        assert here in ({}, FILES)
        left += not here
        list(fetch(some, folder))
        assert names(folder) == ["some"]
        assert {path.name: path.read_bytes() for path in (folder / "some").iterdir()} == FILES
    assert left > 1


@pytest.fixture
def broken_off(tmp_path, server):
    """Data folder into which one of two files came."""
    server.cut = 100_000
    with pytest.raises(DownloadError):
        list(fetch(known(server.address), tmp_path))
    return tmp_path


def test_a_data_set_that_was_not_fetched_whole_is_not_at_hand(broken_off, server, capsys):
    some = known(server.address)
    assert not some.lies_in(broken_off)
    assert cli.main(["data", "check", str(broken_off)]) == 2
    assert "must hold a data set: " in capsys.readouterr().err


def test_what_is_mended_in_place_is_whole(tmp_path, server):
    """Files that are right stay; what is fetched beside them comes to them."""
    list(fetch(known(server.address), tmp_path))
    (tmp_path / "some" / "two.gz").write_bytes(b"damaged")
    (tmp_path / "some" / "mine").write_text("kept")
    assert list(fetch(known(server.address), tmp_path)) == [("one.gz", "was there"), ("two.gz", "fetched")]
    assert names(tmp_path) == ["some"]
    assert names(tmp_path / "some") == ["mine", "one.gz", "two.gz"]
    assert (tmp_path / "some" / "two.gz").read_bytes() == FILES["two.gz"]


def test_two_do_not_fetch_the_same(tmp_path, server):
    waiting = fetch(known(server.address), tmp_path, lambda *_: list(fetch(known(server.address), tmp_path)))
    with pytest.raises(ValueError, match=r"some: another process is fetching it; wait for it"):
        list(waiting)


@pytest.fixture
def archive(tmp_path, server):
    """CIFAR-10's archive, of a few images."""
    folder = write_binary(tmp_path / "cifar-10-batches-bin")
    path = write_archive(tmp_path / "c.tar.gz", {f"cifar-10-batches-bin/{each.name}": each.read_bytes()
                                                 for each in sorted(folder.iterdir())}, "w:gz")
    server.files["c.tar.gz"] = path.read_bytes()
    download = Download(file="c.tar.gz", size=10**6, digest=sum_of(path.read_bytes()))
    return known(server.address, places=(Cifar(path="batches"),), downloads=(download,))


def test_an_archive_is_unpacked(tmp_path, archive):
    assert list(fetch(archive, tmp_path / "new")) == [("c.tar.gz", "fetched")]
    assert names(tmp_path / "new") == ["batches"]
    assert (archive.read(tmp_path / "new", "train").pixels
            == Cifar(path="cifar-10-batches-bin").read(tmp_path, "train").pixels).all()
    assert list(fetch(archive, tmp_path / "new")) == [("c.tar.gz", "was there")]


def test_an_archive_lands_whole_or_not_at_all(tmp_path, archive, monkeypatch):
    def broken(*_):
        raise KeyboardInterrupt
    with monkeypatch.context() as patch:
        patch.setattr("image_sets.download.scratch.land", broken)
        with pytest.raises(KeyboardInterrupt):
            list(fetch(archive, tmp_path / "new"))
    assert names(tmp_path / "new") == [".batches.part"]
    assert list(fetch(archive, tmp_path / "new")) == [("c.tar.gz", "fetched")]


def test_the_command(tmp_path, server, monkeypatch, capsys):
    monkeypatch.setattr("image_sets.KNOWN", {"some": known(server.address)})
    assert cli.main(["data", "download", "some", "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"one.gz: fetched\ntwo.gz: fetched\nin {tmp_path}/some\n"
    server.files.clear()
    (tmp_path / "some" / "one.gz").unlink()
    assert cli.main(["data", "download", "Some", "--data", str(tmp_path)]) == 1
    assert re.fullmatch(r"binspike: one\.gz could not be fetched; \S+: Not Found\n", capsys.readouterr().err)


def test_what_was_fetched_is_found(server, monkeypatch, capsys, no_data):
    """Into the cache, unless another folder is named."""
    some = known(server.address)
    monkeypatch.setattr("image_sets.KNOWN", {"some": some})
    assert cli.main(["data", "download", "some", "--json"]) == 0
    assert data_folder(some) == cache.folder("data")
    place = str(cache.folder("data") / "some")
    assert json.loads(capsys.readouterr().out) == [
        {"file": name, "what": "fetched", "folder": place} for name in ("one.gz", "two.gz")]
    monkeypatch.setenv("BINSPIKE_DATA", "mine")
    assert cli.main(["data", "download", "some"]) == 0
    assert data_folder(some) == Path("mine")


@pytest.mark.parametrize(("arguments", "message"), [
    (["imagenet"], "data set must be one of mnist, own, not 'imagenet'"),
    (["own", "--data", "x"], "data set to download must be one that is published, not own")])
def test_what_cannot_be_fetched(arguments, message, capsys, no_data, tmp_path, monkeypatch):
    own = Known(title="Own", places=(Idx(path="own"),), images={"train": 1, "test": 1})
    monkeypatch.setattr("image_sets.KNOWN", {"mnist": KNOWN["mnist"], "own": own})
    assert cli.main(["data", "download", *arguments]) == 2
    assert capsys.readouterr().err == f"binspike: {message}\n"
    assert names(tmp_path) == []


def test_every_published_data_set_has_mirrors_and_checksums():
    for each in KNOWN.values():
        assert bool(each.downloads) == bool(each.mirrors)
        for download in each.downloads:
            assert re.fullmatch("sha256:[0-9a-f]{64}", download.digest)
        for mirror in each.mirrors:
            assert re.fullmatch(r"https?://[a-z0-9./~-]+/", mirror)
        for place in each.places:
            assert not place.path.startswith(".")
