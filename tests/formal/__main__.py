"""``python -m tests.formal [TEXT]``: every proof (whose name holds TEXT) with its verdict and its time."""

import sys

from tests.formal.catalogue import PROOFS
from tests.formal.engine import prove


def main() -> int:
    """Print the table; return 1 if a proof fails."""
    text = sys.argv[1] if len(sys.argv) > 1 else ""
    verdicts = []
    for proof in (proof for proof in PROOFS if text in str(proof)):
        verdict = prove(proof.make())
        verdicts.append(verdict)
        reached = "never reached" if verdict.reached is None else f"reached in {verdict.reached} cycles"
        print(f"{verdict.outcome:9}  {verdict.seconds:5.1f} s  {reached:21}  {proof}", flush=True)
    holding = sum(verdict.holds for verdict in verdicts)
    print(f"{holding} of {len(verdicts)} proven for all time; {sum(verdict.seconds for verdict in verdicts):.1f} s")
    return holding != len(verdicts)


if __name__ == "__main__":
    sys.exit(main())
