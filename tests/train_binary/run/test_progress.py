import json
import sys

import pytest

from train_binary.run.progress import Progress

EPOCH = {"epoch": 3, "loss": 0.25, "train": 0.875, "spikes": [150.0, 20.5], "rate": 0.001, "images_per_second": 4321.0,
         "quick_accuracy": 0.75, "seconds": 12.5}


def test_json_lines_are_all_there_is_on_standard_output(capfd):
    progress = Progress(10, lines=True)
    progress.batch(loss=1.0, train=0.5, spikes=3.0)
    progress.record(EPOCH)
    progress.record({"images": 20, "correct": 17})
    progress.close()
    out, err = capfd.readouterr()
    assert [json.loads(line) for line in out.splitlines()] == [EPOCH, {"images": 20, "correct": 17}]
    assert err == ""


def test_people_get_a_sentence(capsys):
    Progress().record(EPOCH)
    assert capsys.readouterr().out == ("epoch 3, loss 0.2500, accuracy 87.50%, 75.00% of some test images, "
                                       "spikes 150 20, 12.5 s, 4,321 images/s\n")
    Progress().record({("validation" if name == "quick_accuracy" else name): each for name, each in EPOCH.items()})
    assert "accuracy 87.50%, 75.00% of validation images, spikes" in capsys.readouterr().out
    Progress().record({"images": 20, "correct": 17})
    assert capsys.readouterr().out == "finished: images 20, correct 17\n"


def test_bar_tells_loss_accuracy_spikes_and_the_time_left(monkeypatch, capfd):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    progress = Progress(10, 4)
    assert (progress.bar.n, progress.bar.total) == (4, 10)
    progress.batch(loss=1.25, train=0.5, spikes=30.4)
    text = str(progress.bar)
    progress.close()
    assert "loss 1.250, accuracy 50.0%, 30 spikes" in text
    assert "5/10" in text
    assert "<" in text  # time that has passed < time left


def test_only_one_of_several_processes_shows_itself(capfd, tmp_path):
    progress = Progress(10, tensorboard=tmp_path, shown=False)
    progress.batch(loss=1.0, train=0.5, spikes=3.0)
    progress.record(EPOCH)
    progress.close()
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.iterdir())


def test_tensorboard_missing(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    with pytest.raises(ValueError, match="^TensorBoard must be installed for --tensorboard: pip install tensorboard$"):
        Progress(tensorboard=tmp_path)


def test_tensorboard_gets_every_figure(monkeypatch, tmp_path):
    seen = []

    class Board:
        def __getattr__(self, name):
            return lambda *arguments: seen.append((name, *arguments))
    monkeypatch.setattr("train_binary.run.progress._board", lambda folder: Board())
    progress = Progress(tensorboard=tmp_path, lines=True)
    progress.record({"epoch": 2, "loss": 0.5, "spikes": [3.0, 4.0]})
    progress.record({"images": 20})
    progress.close()
    assert seen == [("add_scalar", "loss", 0.5, 2), ("add_scalar", "spikes/1", 3.0, 2),
                    ("add_scalar", "spikes/2", 4.0, 2), ("flush",), ("close",)]
