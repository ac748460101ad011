"""otfbench: what it costs to get data into open table formats on Apache Spark, with proof that the data is right."""

from importlib.metadata import version

__version__ = version("otfbench")
