import json

import pytest

from binspike import cli
from hw.bitstream import folder
from tests.helpers.builds import FOLD
from tests.helpers.builds import network as network  # noqa: PLC0414


def test_a_wrong_folding_is_refused(tmp_path, capsys):
    arguments = ["--network", "mnist-up5k", "--fold", "5,25,1 2,12,7 2,8,1", "--out", str(tmp_path / "core")]
    assert cli.main(["emit", *arguments]) == 2
    assert capsys.readouterr().err == ("binspike: fold of layer 0 (conv2d0): channels must be one of 1, 2, 3, 4, 6, "
                                       "12, not 5\n")
    assert not (tmp_path / "core").exists()


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_what_was_written_is_told(tmp_path, network, capsys, more):
    out = tmp_path / "core"
    assert cli.main(["emit", "--network", str(network), "--fold", FOLD, "--out", str(out), *more]) == 0
    said, files = capsys.readouterr().out, folder.manifest(out)["files"]
    assert "binspike.v" in files
    if more:
        assert json.loads(said)["files"] == files
    else:
        assert said.splitlines()[2:] == [f"folder   {out}", f"files    {', '.join(files)}"]
