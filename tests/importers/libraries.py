"""Libraries that `make test` does not install."""


def absent(name):
    """Reason for which tests are skipped."""
    return f"{name} is not installed (make test-importers)"
