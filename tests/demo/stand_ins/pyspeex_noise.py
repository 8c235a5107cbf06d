"""A stand-in for a package of the voice assistant.

Home Assistant imports the package before it shows a page, but the package has to be
compiled.
"""


class AudioProcessor:
    """An empty class; the demo never suppresses noise."""
