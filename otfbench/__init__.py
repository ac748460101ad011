"""otfbench: what it costs to get data into open table formats on Apache Spark, with proof that the data is right.

pytest rewrites the assertions of installed plugins, and warns of what is imported before it starts, as this is by the
command: PYTEST_DONT_REWRITE.
"""

from importlib.metadata import version

__version__ = version("otfbench")
