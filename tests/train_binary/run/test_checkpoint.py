import json
import os
import resource

import pytest
import safetensors.torch
import torch
from safetensors import safe_open

from tests.helpers.refusals import refused
from tests.helpers.training.recipes import CONV, DENSE, noise, save, state, tiny
from train_binary.run import checkpoint
from train_binary.run.trainer import Trainer


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


def unrestored(path, trainer, match):
    before = weights(trainer)
    with refused(match):
        checkpoint.restore(path, *state(trainer))
    assert weights(trainer) == before


def test_checkpoint_of_another_recipe(tmp_path):
    save(tmp_path / "c", Trainer(tiny(seed=1)))
    unrestored(tmp_path / "c", Trainer(tiny(seed=2)), "recipe must be the one that this training began with")


@pytest.mark.parametrize(("changes", "before"), [
    ({"method": "ann", "weights": "real", "readout": "potential"}, ("Ann()", "Ann(latency=0.0, spikes=0.0)")),
    ({"method": "proxy", "readout": "count"}, ("Proxy(reset", "Proxy(latency=0.0, spikes=0.0, reset"))])
def test_checkpoint_from_before_methods_lost_options_that_they_did_not_read(tmp_path, changes, before):
    trainer = Trainer(tiny(**changes))
    save(tmp_path / "c", trainer)
    rewrite(tmp_path / "c", {"recipe": checkpoint.text(trainer.recipe).replace(*before)})
    assert before[1] in (tmp_path / "c").read_bytes().decode("latin-1")
    assert checkpoint.restore(tmp_path / "c", *state(trainer)) == 0


def test_a_recipe_without_a_validation_split_is_written_as_before_there_was_one(tmp_path):
    texts = []
    for recipe in (tiny(), tiny(validation=5)):
        save(tmp_path / "c", Trainer(recipe))
        with safe_open(tmp_path / "c", "pt") as file:
            texts.append(json.loads(file.metadata()["training"])["recipe"])
    assert texts[0].endswith(", slack=0.0005, weights='sign', distillation=None)")
    assert texts[1] == f"{texts[0][:-1]}, validation=Validation(images=5, seed=None))"
    unrestored(tmp_path / "c", Trainer(tiny()), "recipe must be the one that this training began with")
    assert checkpoint.restore(tmp_path / "c", *state(Trainer(tiny(validation=5)))) == 0


def test_truncated_checkpoint(tmp_path):
    save(tmp_path / "c", Trainer(tiny()))
    content = (tmp_path / "c").read_bytes()
    (tmp_path / "c").write_bytes(content[:-8])
    unrestored(tmp_path / "c", Trainer(tiny()), "checkpoint .*c: ")


def test_a_message_that_quotes_the_file_is_short(tmp_path):
    header = json.dumps({"__metadata__": "x" * 9000}).encode()
    (tmp_path / "c").write_bytes(len(header).to_bytes(8, "little") + header)
    trainer = Trainer(tiny())
    with pytest.raises(ValueError, match="^checkpoint ") as error:
        checkpoint.restore(tmp_path / "c", *state(trainer))
    assert len(str(error.value)) < 300 + len(f"checkpoint {tmp_path / 'c'}: ") + 1


def test_another_safetensors_file(tmp_path):
    from safetensors.torch import save_file
    save_file({"x": torch.zeros(1)}, tmp_path / "c")
    unrestored(tmp_path / "c", Trainer(tiny()), "format must be 'binspike checkpoint 2'; give")


def test_missing_tensor_is_named(tmp_path):
    other = Trainer(tiny([CONV | {"channels": 5}, DENSE]))
    checkpoint.save(tmp_path / "c", tiny(), 1, *state(other)[1:])
    unrestored(tmp_path / "c", Trainer(tiny()),
               r"tensor model\.hidden\.0\.weight must be torch\.float32 of shape \(4, ")


def rewrite(path, progress=None, tensors=None):
    """Write the file again with another metadata text or other tensors, and their right digest."""
    with safe_open(path, "pt") as file:
        found = json.loads(file.metadata()["training"])
        kept = {key: file.get_tensor(key) for key in file.keys()} | (tensors or {})  # noqa: SIM118
    kept = {key: value for key, value in kept.items() if value is not None}
    if isinstance(progress, dict):
        found |= {"sha256": checkpoint._digest(progress.get("epoch", 0), kept)} | progress
    else:
        found["sha256"] = checkpoint._digest(0, kept)
    text = progress if isinstance(progress, str) else json.dumps(found)
    path.write_bytes(safetensors.torch.save(kept, {"training": text}))


@pytest.mark.parametrize(("progress", "message"), [
    ("{", "checkpoint .*c: "), ("[" * 10**5, "format must be"), ("[]", "format must be"), ("3", "format must be"),
    ({"epoch": -1}, "epoch must be in 0..3, not -1"), ({"epoch": 4}, "epoch must be in 0..3, not 4"),
    ({"epoch": True}, "epoch must be an integer, not True"), ({"epoch": None}, "epoch must be an integer, not None"),
    ({"sha256": "0" * 64}, "content must have the SHA-256 that was stored"), ({"format": "other"}, "format must be")])
def test_wrong_progress(tmp_path, progress, message):
    save(tmp_path / "c", Trainer(tiny()))
    rewrite(tmp_path / "c", progress)
    unrestored(tmp_path / "c", Trainer(tiny()), message)


@pytest.mark.parametrize(("tensors", "message"), [
    ({"x": torch.zeros(1)}, "tensor 'x' must not be there"),
    ({"generator": None}, "tensor generator must be torch.uint8"),
    ({"generator": torch.zeros(5056, dtype=torch.uint8)}, "tensor generator must be the state of a random"),
    ({"model.threshold": torch.zeros(())}, "tensor model.threshold must be torch.int64 of shape"),
    ({"model.hidden.0.weight": torch.zeros(4, 1, 3, 2)}, "tensor model.hidden.0.weight must be torch.float32")])
def test_wrong_tensors(tmp_path, tensors, message):
    save(tmp_path / "c", Trainer(tiny()))
    rewrite(tmp_path / "c", tensors=tensors)
    unrestored(tmp_path / "c", Trainer(tiny()), message)


def test_a_flipped_bit_in_a_tensor(tmp_path):
    save(tmp_path / "c", Trainer(tiny()))
    content = bytearray((tmp_path / "c").read_bytes())
    content[-1] ^= 1
    (tmp_path / "c").write_bytes(content)
    unrestored(tmp_path / "c", Trainer(tiny()), "content must have the SHA-256 that was stored with it; ")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_file_that_is_none(tmp_path, make):
    make(tmp_path / "c")
    unrestored(tmp_path / "c", Trainer(tiny()), "checkpoint .*c must be a regular file")


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path):
    save(tmp_path / "c", Trainer(tiny()))
    before = (tmp_path / "c").read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit[1]))  # as by a full disk, a write fails half way
    try:
        with pytest.raises(OSError, match="c"):
            save(tmp_path / "c", Trainer(tiny(seed=2)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert ((tmp_path / "c").read_bytes(), [path.name for path in tmp_path.iterdir()]) == (before, ["c"])


def test_missing_file(tmp_path):
    with pytest.raises(OSError, match="c"):
        checkpoint.restore(tmp_path / "c", *state(Trainer(tiny())))
