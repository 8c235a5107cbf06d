"""Stand-in for a package of the voice assistant.

Home Assistant imports it before it can show a page, but it has to be compiled.
"""


class AudioProcessor:
    """Suppresses noise, which nobody does in the demo."""
