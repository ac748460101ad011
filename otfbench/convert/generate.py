"""Generated rows as files of an input, in a folder of one's own. Knows nothing of the command line."""

from __future__ import annotations

from pathlib import Path

from otfbench.config.options import Config
from otfbench.convert.conversion import Watch
from otfbench.data.dataset import Source, why_unsupported
from otfbench.data.generated import generated
from otfbench.errors import UsageError
from otfbench.registry import load_input
from otfbench.registry.packages import profile
from otfbench.spark.launch import open_jvm
from otfbench.tables.destination import Destination


def generate(name: str, rows: int, seed: int, input_format: str, folder: Path, config: Config, watch: Watch) -> Source:
    """Write exactly this number of rows of a dataset into a folder that isn't there yet, whole or not at all.

    Raises UsageError if the folder is there, or the input can't hold the dataset.
    """
    dataset, files = generated(name, rows, seed), load_input(input_format)
    if reason := why_unsupported(files, dataset):
        raise UsageError(reason)
    destination = Destination(folder)
    try:
        if destination.exists:
            raise UsageError(f"{destination.folder} is there already: name another folder.")
        packages = [files.package] if files.package else []
        with open_jvm(config, profile(), packages, {}) as jvm, watch(jvm.spark, "writing"):
            files.write(dataset.generate(jvm.spark), destination.warehouse)
        destination.swap_in(destination.warehouse)
        destination.commit()
    finally:
        destination.close()
    return Source(dataset, files, destination.folder)
