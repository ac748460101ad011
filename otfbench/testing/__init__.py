"""Contract suites for authors of formats and inputs: subclass one, and pytest runs it. Knows no format by name."""

from otfbench.testing.formats import FormatContract
from otfbench.testing.inputs import InputContract
from otfbench.testing.operations import OperationContract

__all__ = ["FormatContract", "InputContract", "OperationContract"]
