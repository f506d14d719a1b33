from binspike import cli
from hw.bitstream import folder
from quant.files import artefact, zoo
from tests.helpers.programmers import build, refuse
from tests.helpers.programmers import called as called  # noqa: PLC0414
from tests.helpers.programmers import tools as tools  # noqa: PLC0414


def test_the_build_of_a_network_is_found(tmp_path, tools, called, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tools("iceprog")
    bitstream = build(folder.default("icebreaker", artefact.load(zoo.path("mnist-up5k")).digest))
    assert cli.main(["flash", "--board", "icebreaker"]) == 0
    assert called() == [str(bitstream)]


def test_a_network_that_was_not_built(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    digest = artefact.load(zoo.path("mnist-ecp5")).digest
    refuse(["--board", "ulx3s_85f", "--network", "mnist-ecp5"], 2,
           f"build/ulx3s-85f/{digest[:16]}/top.bit does not exist; make it by: binspike build --network mnist-ecp5 "
           "--board ulx3s-85f; or give one by --bitstream", capfd)
