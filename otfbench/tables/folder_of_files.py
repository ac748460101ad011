"""A folder of files that becomes a table where it is: what belongs to the table is moved in. Knows no format.

Nothing else in the folder is touched, and until that one step, a rename, it is as it was.
"""

from __future__ import annotations

import os
from pathlib import Path

from otfbench.errors import UsageError
from otfbench.formats.hadoop import list_files, local_path
from otfbench.tables.destination import Destination, fingerprint


class FolderOfFiles(Destination):
    """The folder, and the work folder beside it: there the table is made of links to the files."""

    @property
    def warehouse(self) -> str:
        """A URI: formats that keep whole paths name imported files so, and all paths in a table must begin alike."""
        return f"file:{super().warehouse}"

    def swap_in(self, new: str) -> None:
        """Move what was made beside the links into the folder.

        Raises UsageError if the folder has changed, or holds something of that name.
        """
        self._check_unchanged()
        new = local_path(new)
        made = (os.path.relpath(path, new) for path in list_files(None, new) if not os.path.islink(path))
        names = sorted({path.split(os.sep)[0] for path in made})
        taken = [name for name in names if os.path.lexists(self.folder / name)]
        if taken:
            raise UsageError(f"{self.folder} holds {taken[0]}, a name that the table needs: move it away.")
        if len(names) != 1:  # two renames are not one step
            raise UsageError(f"{self.folder} can't become a table in one step: that needs {', '.join(names)} in it.")
        self._claim.note(moved_in={names[0]: fingerprint(Path(new, names[0]))})
        os.rename(Path(new, names[0]), self.folder / names[0])

    def roll_back(self) -> None:
        """Take it out again; raises UsageError if somebody else has changed it."""
        self._take_out()
        for name in self._claim.facts["moved_in"]:
            if os.path.lexists(self.folder / name):
                raise UsageError(f"{self.folder / name} is not what the conversion has left there. Look at it.")

    def commit(self) -> None:
        """It is verified: it stays."""
        self._claim.note()

    @property
    def _uncommitted(self) -> bool:
        return "moved_in" in self._claim.facts
