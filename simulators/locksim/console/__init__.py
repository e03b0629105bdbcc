"""The console: a page that shows a world. The server serves it; a story is the same page in one file.

The page is static: an HTML file, a style sheet, and ES modules, without a build step. Its modules import each other by bare names
("console/film"), which an import map turns into addresses, or in a story into data.
"""
