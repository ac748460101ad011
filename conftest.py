pytest_plugins = ("otfbench.plugin",)
