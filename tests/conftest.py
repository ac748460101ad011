"""What holds for all tests: on a busy machine, an example of hypothesis may take its time."""

from hypothesis import settings

settings.register_profile("otfbench", deadline=None)
settings.load_profile("otfbench")
