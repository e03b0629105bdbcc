"""Sphinx's configuration. `docs/site/build.py` makes the folder of sources that it reads."""

project = "Lockpact"
author = "the Lockpact contributors"
html_title = "Lockpact"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
html_theme = "furo"
html_show_sourcelink = False
nitpicky = False
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "inherited-members": True, "show-inheritance": True}
suppress_warnings = ["misc.highlighting_failure"]  # shortened JSON has `…`
