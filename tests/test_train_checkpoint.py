import pytest
import torch

from tests.train_recipes import CONV, DENSE, noise, tiny
from train_binary import checkpoint
from train_binary.training import Trainer


def state(trainer):
    return (trainer.recipe, trainer.model, trainer.optimiser, trainer.generator)


def save(path, trainer):
    checkpoint.save(path, trainer.recipe, trainer.epoch, *state(trainer)[1:])


def weights(trainer):
    return {key: value.tolist() for key, value in trainer.model.state_dict().items()}


def run(trainer, epochs):
    for _ in range(epochs):
        trainer.run_epoch(*noise(64))
    return trainer


def test_resumed_training_ends_with_the_same_weights(tmp_path):
    whole = run(Trainer(tiny()), 3)
    save(tmp_path / "c", run(Trainer(tiny()), 1))
    resumed = Trainer(tiny())
    resumed.epoch = checkpoint.restore(tmp_path / "c", *state(resumed))
    assert weights(run(resumed, 2)) == weights(whole)


def test_same_training_gives_the_same_file(tmp_path):
    for name in "ab":
        save(tmp_path / name, run(Trainer(tiny()), 1))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_nothing_else_is_left(tmp_path):
    save(tmp_path / "c", Trainer(tiny()))
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def refused(path, trainer, match):
    before = weights(trainer)
    with pytest.raises(ValueError, match=match):
        checkpoint.restore(path, *state(trainer))
    assert weights(trainer) == before


def test_checkpoint_of_another_recipe(tmp_path):
    save(tmp_path / "c", Trainer(tiny(seed=1)))
    refused(tmp_path / "c", Trainer(tiny(seed=2)), "recipe must be the one that this training began with")


def test_truncated_checkpoint(tmp_path):
    save(tmp_path / "c", Trainer(tiny()))
    content = (tmp_path / "c").read_bytes()
    (tmp_path / "c").write_bytes(content[:-8])
    refused(tmp_path / "c", Trainer(tiny()), "checkpoint .*c: ")


def test_another_safetensors_file(tmp_path):
    from safetensors.torch import save_file
    save_file({"x": torch.zeros(1)}, tmp_path / "c")
    refused(tmp_path / "c", Trainer(tiny()), "format must be 'binspike checkpoint 1'; give")


def test_missing_tensor_is_named(tmp_path):
    other = Trainer(tiny([CONV | {"channels": 5}, DENSE]))
    checkpoint.save(tmp_path / "c", tiny(), 1, *state(other)[1:])
    refused(tmp_path / "c", Trainer(tiny()), r"tensor model\.hidden\.0\.weight must be torch\.float32 of shape \(4, ")


def test_missing_file(tmp_path):
    with pytest.raises(OSError, match="c"):
        checkpoint.restore(tmp_path / "c", *state(Trainer(tiny())))
