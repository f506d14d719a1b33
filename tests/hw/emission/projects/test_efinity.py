import xml.etree.ElementTree as ElementTree

from tests.helpers.emission.projects import made
from tests.helpers.emission.projects import written as written  # noqa: PLC0414
from tests.helpers.refusals import refused


def test_efinity(written):
    folder, _ = written
    root = ElementTree.parse(folder / "eye_axi.xml").getroot()
    space = {"efx": "http://www.efinixinc.com/enf_proj"}
    assert root.find(".//efx:top_module", space).get("name") == "eye_axi"
    assert root.find(".//efx:device", space).get("name") == "T20F256"
    assert all((folder / root.find(f".//efx:{tag}", space).get("name")).exists() for tag in ("design_file", "sdc_file"))


def test_a_part_of_another_vendor_is_refused():
    with refused("^part for Efinity must begin with TI, T, not 'xc7'$"):
        made("efinity", part="xc7")
