import json
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from quant.files import artefact
from tests.helpers.training.recipes import CONV, DENSE, built, main, noise, separable, tiny, write_data_set
from train_binary import recipe as recipes
from train_binary.methods import Surrogate
from train_binary.methods.cross_entropy import CrossEntropy
from train_binary.methods.distillation import Distillation, Teacher
from train_binary.run.trainer import Trainer

SCHEDULE = {"epochs": 1, "batch": 16, "shift": 0, "precision": "float32"}
TEACHER = """
name = "large"
dataset = "mnist"
steps = 4
weights = "real"
input_shape = [1, 8, 8]
schedule = { epochs = 1, batch = 16 }
layers = [{ kind = "conv2d", channels = 5, size = 3 }, { kind = "dense", channels = 3 }]
"""
STUDENT = """
name = "student"
dataset = "mnist"
steps = 5
input_shape = [1, 8, 8]
schedule = { epochs = 2, batch = 16 }
layers = [{ kind = "conv2d", channels = 4, size = 3, pool = 2 }, { kind = "dense", channels = 3 }]
distillation = { teacher = "TEACHER", weight = 0.5, temperature = 2.0 }
"""


def teacher(**changes):
    trainer = Trainer(tiny(weights="real", schedule=SCHEDULE, seed=3))
    trainer.run_epoch(*noise(64))
    return Teacher(trainer.model, Distillation(**({"teacher": "large"} | changes)))


def taught(who, seed=5):
    trainer = Trainer(tiny(schedule=SCHEDULE, seed=seed), who)
    figures = trainer.run_epoch(*noise(64, seed=1))
    return figures["loss"], [p.detach().clone() for p in trainer.model.parameters()]


def test_opinion_is_the_softened_softmax_of_the_last_tick():
    who, (images, _) = teacher(temperature=3.0), noise(10)
    logits = who.model.head(who.model(images))[-1]
    assert torch.allclose(who.opinion(images), (logits / 3).softmax(1))
    assert not torch.allclose(who.opinion(images), logits.softmax(1))


def test_cost_is_shared_by_labels_and_teacher():
    who, (images, labels) = teacher(weight=0.25, temperature=2.0), noise(16, seed=1)
    model = built(tiny(seed=5)).train()
    outputs, opinion = model.head(model(images)).detach(), who.opinion(images)

    def cost(logits, target):
        return F.cross_entropy(logits[-1], target) + sum(0.5 / 5 * F.cross_entropy(each, target) for each in logits)

    expected = 0.75 * cost(outputs, labels) + 0.25 * 4 * cost(outputs / 2, opinion)
    model, rule = built(tiny(seed=5)).train(), CrossEntropy(latency=0.5)
    found, _ = rule.step(model, rule.optimiser(model), images, labels, "float32", who)
    assert found == pytest.approx(expected.item(), rel=1e-5)


def test_a_teacher_without_weight_teaches_nothing():
    alone, beside = taught(None), taught(teacher(weight=0))
    assert alone[0] == pytest.approx(beside[0])
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(alone[1], beside[1], strict=True))


def test_a_teacher_teaches_and_does_not_change():
    who = teacher()
    before = {key: value.clone() for key, value in who.model.state_dict().items()}
    assert any(not torch.equal(a, b) for a, b in zip(taught(None)[1], taught(who)[1], strict=True))
    assert all(torch.equal(value, before[key]) for key, value in who.model.state_dict().items())


@pytest.fixture
def arguments(tmp_path):
    (tmp_path / "large.toml").write_text(TEACHER)
    (tmp_path / "student.toml").write_text(STUDENT.replace("TEACHER", str(tmp_path / "large.toml")))
    data = write_data_set(tmp_path / "data")
    return ["--recipe", str(tmp_path / "student.toml"), "--out", str(tmp_path / "out"), "--data", str(data)]


def epochs(folder):
    return [json.loads(line).get("epoch") for line in (folder / "log.jsonl").read_text().splitlines()]


def test_one_command_trains_teacher_and_student(tmp_path, arguments):
    assert main(arguments) == 0
    assert epochs(tmp_path / "out" / "teacher") == [1, None]
    assert epochs(tmp_path / "out") == [1, 2, None]
    assert artefact.load(tmp_path / "out" / "student.safetensors").network.steps == 5


def test_a_teacher_learns_no_image_by_which_its_student_is_chosen(tmp_path, arguments):
    assert main([*arguments, "--validation", "9"]) == 0
    for folder in (tmp_path / "out" / "teacher", tmp_path / "out"):
        assert json.loads((folder / "log.jsonl").read_text().splitlines()[-1])["validation_images"] == 9
        assert b"Validation(images=9, seed=None)" in (folder / "checkpoint.safetensors").read_bytes()


def test_real_weights_leave_no_artefact_but_their_accuracy(tmp_path, arguments):
    main(arguments)
    folder = tmp_path / "out" / "teacher"
    assert not list(folder.glob("large*"))
    last = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])
    assert last["images"] == 20
    assert 0 <= last["float_correct"] <= 20


@pytest.mark.parametrize(("old", "new", "message"), [
    ("[1, 8, 8]", "[1, 9, 9]", "input_shape of the distillation teacher must be (1, 8, 8), not (1, 9, 9)"),
    ('weights = "real"', 'method = "exact"', "must be trained by labels alone, and by a method that teaches"),
    ("channels = 3", "channels = 9", "outputs of the distillation teacher must be 3, not 9"),
])
def test_another_kind_of_teacher_is_refused(tmp_path, arguments, capsys, old, new, message):
    (tmp_path / "large.toml").write_text(TEACHER.replace(old, new))
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(("features", "message"), [
    ("[[0, 1]]", "distillation features: layer of the teacher must be in 0..0, not 1"),
    ("3", "distillation features must be a list of pairs of layers, not 3"),
])
def test_wrong_features_are_refused_before_anything_is_trained(tmp_path, arguments, capsys, features, message):
    path = tmp_path / "student.toml"
    path.write_text(path.read_text().replace("weight =", f"features = {features}, weight ="))
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_features_of_dense_layers_with_single_spikes():
    layers = [CONV, DENSE | {"channels": 7}, DENSE]
    who = Teacher(built(tiny(layers, **ANN)), Distillation(teacher="x", features=[[1, 0], [0, 1]]))
    trainer = Trainer(tiny([CONV | {"channels": 6}, DENSE | {"channels": 5}, DENSE], schedule=SCHEDULE), who)
    assert [tuple(mixer.weight.shape[:2]) for mixer in trainer.model.mixers] == [(4, 5), (7, 6)]
    trainer.run_epoch(*noise(64))
    assert all(mixer.weight.grad.abs().max() > 0 for mixer in trainer.model.mixers)


def test_a_student_is_no_teacher(tmp_path, arguments, capsys):
    (tmp_path / "student.toml").write_text(STUDENT.replace("TEACHER", str(tmp_path / "student.toml")))
    assert main(arguments) == 2
    assert "by labels alone" in capsys.readouterr().err


@pytest.mark.parametrize(("changes", "message"), [
    ({"method": "bs4nn", "layers": [DENSE | {"psp": {"kind": "step"}}], "distillation": {"teacher": "x"}},
     "method bs4nn must have no distillation"),
    ({"weights": "ternary"}, "weights of method surrogate must be one of sign, real, not 'ternary'"),
    ({"distillation": {"teacher": "x", "weight": 2}}, "distillation weight must be in 0..1, not 2"),
    ({"distillation": {"teacher": "x", "temperature": 0}}, "distillation temperature must be in 0.1..100, not 0"),
    ({"distillation": {"weight": 1}}, "distillation must have the key 'teacher'"),
    ({"distillation": {"teacher": 7}}, "distillation teacher must be the name of a recipe, not 7"),
])
def test_recipes_that_cannot_be_are_refused(changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        tiny(**changes)


def test_spikes_cost_what_they_are_said_to():
    model, (images, labels) = built(tiny(seed=5)).train(), noise(16)
    planes, potentials = model.trace(images)
    share = sum(each[-1].mean() for each in planes).item()
    outputs = model.head(potentials).detach()
    model, rule = built(tiny(seed=5)).train(), CrossEntropy(spikes=2.0)
    cost, _ = rule.step(model, rule.optimiser(model), images, labels, "float32")
    assert share > 0.1
    assert cost == pytest.approx(rule.cost(outputs, labels).item() + 2 * share, rel=1e-5)


def test_a_price_on_spikes_makes_fewer():
    counts = []
    for price in (0.0, 1.0):
        recipe = tiny(schedule=SCHEDULE | {"epochs": 6, "rate": 0.02}, seed=5)
        trainer = Trainer(replace(recipe, method=Surrogate(spikes=price)))
        images, labels = separable(128)
        for _ in range(6):
            trainer.run_epoch(images, labels)
        trainer.finish(images, labels)
        counts.append(sum(each[-1].sum().item() for each in trainer.model.eval().trace(images)[0]))
    assert counts[1] < 0.8 * counts[0]


def test_shipped_teachers_are_shipped():
    for name in sorted(path.stem for path in recipes.find("mnist-up5k").parent.glob("*.toml")):
        recipe = recipes.load(recipes.find(name))
        if recipe.distillation:
            assert recipes.load(recipes.find(recipe.distillation.teacher)).weights == "real"


ANN = {"method": "ann", "weights": "real", "readout": "potential"}
PAIRS = {"teacher": "x", "features": [[0, 1]], "feature_weight": 0.5, "weight": 0.0}


def lesson(student=None, **distillation):
    """A student of rate neurons, and a teacher of two layers that halves its maps."""
    layers = [CONV | {"channels": 5, "padding": 1, "pool": 1}, CONV | {"channels": 6, "padding": 1}, DENSE]
    who = Teacher(built(tiny(layers, **ANN)), Distillation(**PAIRS | distillation))
    recipe = tiny([CONV | {"padding": 1}, DENSE], readout="potential", method="rate", seed=4, **student or {})
    return who, recipe


def test_an_ordinary_network_learns_and_is_no_spiking_one():
    trainer = Trainer(tiny([CONV, CONV | {"size": 2, "pool": 1}, DENSE], **ANN, schedule={
        "epochs": 6, "batch": 16, "rate": 0.02, "shift": 0, "precision": "float32"}))
    images, labels = separable(128)
    for _ in range(6):
        figures = trainer.run_epoch(images, labels)
    assert figures["train"] > 0.9
    assert (trainer.rule.classify(trainer.model, images, "potential") == labels).double().mean() > 0.9
    with pytest.raises(ValueError, match="weights of a network to export must be one of sign, not 'real'"):
        trainer.model.export()


def test_features_are_compared_at_the_size_of_the_students():
    who, recipe = lesson()
    trainer, (images, _) = Trainer(recipe, who), noise(9)
    mixer, = trainer.model.mixers
    assert mixer.weight.shape == (6, 4, 1, 1)
    signals, _ = trainer.model.trace(images)
    found = who.distance(trainer.model.mixers, signals, images)
    x = images.float() / 255
    for layer, pool in zip(who.model.hidden, (1, 2), strict=True):
        x = F.conv2d(x, layer.weight, padding=1)
        x = F.max_pool2d(F.relu(x / (1 + 1e-5) ** 0.5), pool)
    ours = mixer(signals[0].sum(0) / 5)
    assert found.item() == pytest.approx((ours - x).square().mean().item(), rel=1e-4)


def test_features_teach_layers_and_mixers_and_are_dropped():
    images, labels = separable(64)
    plain, taught = (Trainer(lesson()[1], lesson(feature_weight=weight)[0]) for weight in (0.0, 50.0))
    before = plain.model.mixers[0].weight.clone()
    for trainer in (plain, taught):
        for _ in range(3):
            trainer.run_epoch(images, labels)
    assert (plain.model.hidden[0].weight != taught.model.hidden[0].weight).any()
    assert torch.equal(plain.model.mixers[0].weight, before)
    assert not torch.equal(taught.model.mixers[0].weight, before)
    distances = []
    for trainer in (plain, taught):
        signals, _ = trainer.model.eval().trace(images)
        distances.append(trainer.teacher.distance(taught.model.mixers, signals, images))
        trainer.finish(images, labels)
        assert len(trainer.model.export().layers) == 4
    assert distances[1] < distances[0]


@pytest.mark.parametrize(("features", "message"), [
    ([[0]], "distillation features must be pairs of layers"),
    ([[0, -1]], r"distillation features\[1\] must be in 0..64"),
    ([[1, 0]], "distillation features: layer of the student must be in 0..0, not 1"),
    ([[0, 2]], "distillation features: layer of the teacher must be in 0..1, not 2")])
def test_wrong_features(features, message):
    with pytest.raises(ValueError, match=message):
        Trainer(lesson()[1], lesson(features=features)[0])
