"""Errors before the first case, without a JVM."""

import pytest

from otfbench.errors import JvmError
from otfbench.measure.bench import _put_in_words


class Up:
    """Stands for a JVM that is up until it is stopped."""

    spark = None
    alive = True

    def stop(self):
        """End it."""
        self.alive = False

    def ended_by(self, error):
        """It never dies by itself."""
        return False


class JavaError(Exception):
    """As py4j's: the JVM is asked for the text."""

    def __init__(self, jvm):
        super().__init__()
        self.jvm = jvm

    def __str__(self):
        return ["", "no room"][self.jvm.alive] or 1 / 0


def test_java_error_keeps_its_words():
    """An error of Java's says what went wrong, though its JVM has been stopped."""
    jvm = Up()
    with pytest.raises(JvmError) as caught, _put_in_words(jvm, "No datasets"):
        raise JavaError(jvm)
    assert not jvm.alive and str(caught.value) == "No datasets: JavaError: no room"
