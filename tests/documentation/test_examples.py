"""The examples in Python run as they stand."""

import subprocess
import sys

import pytest

from tests.documentation.pages import ROOT, blocks, pages

ELSEWHERE = {"training.md", "tutorial.md", "import.md"}  # test_training_page, test_tutorial, tests/importers/test_page
EXAMPLES = [(page, text) for page in pages() if page.name not in ELSEWHERE for text in blocks(page, "python")]


@pytest.mark.parametrize(("page", "example"), EXAMPLES, ids=[page.name for page, _ in EXAMPLES])
def test_example_runs(page, example, tmp_path):
    done = subprocess.run([sys.executable, "-W", "error", "-c", example], cwd=tmp_path, text=True, capture_output=True,
                          env={"PYTHONPATH": str(ROOT)}, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_examples_were_found():
    assert {"board.md", "own-weights.md", "core-in-your-design.md"} <= {page.name for page, _ in EXAMPLES}
