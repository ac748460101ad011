"""The JVM of other tests that need no format."""

from tests.integration.conftest import jvm

__all__ = ["jvm"]
