import errno
import fcntl
import os
import random
import signal
import threading
from functools import partial

import pytest

from binspike.command import guard
from quant.files import scratch
from tests.helpers.interrupted import calls, ended, interrupted, started

OLD, NEW = b"old" * 1000, b"new" * 100_000


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def written_folder(target, content):
    with scratch.beside(target) as made:
        made.mkdir()
        for index in range(20):
            (made / str(index)).write_bytes(content)
        scratch.land(made, target)


def content(target):
    return [(target / str(index)).read_bytes() for index in range(20)]


def test_a_file_lands(tmp_path):
    scratch.write(tmp_path / "file", NEW)
    assert ((tmp_path / "file").read_bytes(), names(tmp_path)) == (NEW, ["file"])


def test_a_file_has_the_permissions_that_any_file_gets(tmp_path):
    scratch.write(tmp_path / "file", NEW)
    (tmp_path / "other").touch()
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_folder_is_replaced(tmp_path):
    written_folder(tmp_path / "out", OLD)
    written_folder(tmp_path / "out", NEW)
    assert (content(tmp_path / "out"), names(tmp_path)) == ([NEW] * 20, ["out"])


def test_a_folder_is_no_place_for_a_file(tmp_path):
    written_folder(tmp_path / "out", OLD)
    with pytest.raises(IsADirectoryError, match="out"):
        scratch.write(tmp_path / "out", NEW)
    assert content(tmp_path / "out") == [OLD] * 20


def test_a_full_disk_names_the_file_and_leaves_the_old_one(tmp_path, monkeypatch):
    scratch.write(tmp_path / "file", OLD)

    def full(self, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space left on device: '.*/file'"):
        scratch.write(tmp_path / "file", NEW)
    assert ((tmp_path / "file").read_bytes(), names(tmp_path)) == (OLD, ["file"])


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        scratch.write(tmp_path / "nowhere" / "file", NEW)


MOMENTS = [(number, seed) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL) for seed in range(10)]


def over_and_over(action):
    def repeated():
        while True:
            action()
    return lambda: guard(repeated)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_at_any_moment_what_is_there_is_whole(tmp_path, kind):
    """Nothing but it remains, unless killed; then the next call clears what remains."""
    target, killed = tmp_path / "target", 0
    write, read = ((scratch.write, target.read_bytes) if kind == "file" else
                   (written_folder, lambda: b"".join(content(target)[:1]) if len({*content(target)}) == 1 else b""))
    write(target, OLD)
    whole = calls(lambda: write(target, OLD))
    for number, seed in MOMENTS:
        moment = random.Random(seed).randint(1, 2 * whole)
        status = interrupted(over_and_over(lambda: (write(target, OLD), write(target, NEW))), number, moment)
        if number == signal.SIGKILL:
            killed += len(names(tmp_path)) > 1
            with scratch.beside(target):
                pass
        else:
            assert status in (128 + number, -number)
        assert read() in (OLD, NEW)
        assert names(tmp_path) == ["target"]
    assert killed > 2  # else nothing was shown


def killed_while_making(target):
    with scratch.beside(target) as made:
        made.mkdir()
        (made / "half").touch()
        os.kill(os.getpid(), signal.SIGKILL)


def test_the_folder_of_a_killed_process_is_removed_by_the_next(tmp_path):
    assert ended(started(lambda: killed_while_making(tmp_path / "out"))) == -signal.SIGKILL
    assert len(names(tmp_path)) == 1
    written_folder(tmp_path / "out", NEW)
    assert names(tmp_path) == ["out"]


def test_folders_change_places_in_one_step(tmp_path, monkeypatch):
    written_folder(tmp_path / "out", OLD)
    monkeypatch.setattr(scratch.os, "replace", lambda *_: pytest.fail("there is a moment without a folder"))
    written_folder(tmp_path / "out", NEW)
    assert content(tmp_path / "out") == [NEW] * 20
    assert names(tmp_path) == ["out"]


def test_what_a_killed_process_had_moved_away_comes_back(tmp_path, monkeypatch):
    """Where folders cannot change places in one step."""
    monkeypatch.setattr(scratch, "_exchanged", lambda *_: False)

    def killed_while_landing():
        moves = []

        def replace(source, target, before=os.replace):
            if moves:
                os.kill(os.getpid(), signal.SIGKILL)
            moves.append(before(source, target))
        os.replace = replace
        written_folder(tmp_path / "out", NEW)
    written_folder(tmp_path / "out", OLD)
    assert ended(started(killed_while_landing)) == -signal.SIGKILL
    assert "out" not in names(tmp_path)
    with scratch.beside(tmp_path / "out"):
        assert content(tmp_path / "out") == [OLD] * 20


def test_the_folder_of_a_living_process_is_left_alone(tmp_path):
    with scratch.beside(tmp_path / "out") as made:
        made.mkdir()
        written_folder(tmp_path / "out", OLD)
        assert made.exists()
        assert ended(started(lambda: written_folder(tmp_path / "out", NEW))) == 0
        assert made.exists()
    assert names(tmp_path) == ["out"]


def test_folders_of_other_names_are_left_alone(tmp_path):
    others = [".out.settings", ".out.x.abcdefgh.unfinished", ".output.abcdefgh.unfinished", "out.abcdefgh.unfinished"]
    for name in others:
        (tmp_path / name).mkdir()
    written_folder(tmp_path / "out", NEW)
    assert names(tmp_path) == sorted([*others, "out"])


def test_a_folder_that_never_got_a_lock_is_removed(tmp_path):
    (tmp_path / ".out.abcdefgh.unfinished").mkdir()
    written_folder(tmp_path / "out", NEW)
    assert names(tmp_path) == ["out"]


def test_a_folder_that_is_taken_for_abandoned_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    def stolen(lock, how, tries=[], before=fcntl.flock):  # noqa: B006
        tries.append(lock)
        if len(tries) == 1:
            hidden = next(tmp_path.iterdir())
            (hidden / "lock").unlink()
            hidden.rmdir()
        before(lock, how)
    monkeypatch.setattr(fcntl, "flock", stolen)
    scratch.write(tmp_path / "file", NEW)
    assert names(tmp_path) == ["file"]


def test_many_writers_of_one_file_leave_a_whole_one(tmp_path):
    def many(data):
        for _ in range(30):
            scratch.write(tmp_path / "file", data)
    writers = [started(partial(many, data)) for data in (OLD, NEW) * 2]
    assert [ended(writer) for writer in writers] == [0] * 4
    assert (tmp_path / "file").read_bytes() in (OLD, NEW)
    assert names(tmp_path) == ["file"]


def test_a_held_interruption_comes_at_the_end():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    done = []

    def action():
        with scratch.held():
            os.kill(os.getpid(), signal.SIGINT)
            done.append(True)
        done.append(False)
    status = guard(action)
    signal.signal(signal.SIGINT, before)
    assert (status, done) == (130, [True])


def test_another_thread_holds_nothing(tmp_path):
    thread = threading.Thread(target=scratch.write, args=(tmp_path / "file", NEW))
    thread.start()
    thread.join()
    assert names(tmp_path) == ["file"]


def test_a_place_that_takes_no_files_is_named(tmp_path, monkeypatch):
    def refuse(*_, prefix, suffix, dir):
        raise PermissionError(13, "Permission denied", os.path.join(dir, f"{prefix}12345678{suffix}"))
    monkeypatch.setattr(scratch.tempfile, "mkdtemp", refuse)
    with pytest.raises(PermissionError) as caught:
        scratch.write(tmp_path / "file", NEW)
    assert caught.value.filename == str(tmp_path / "file")
