"""Stand-in for a package of the voice assistant.

Home Assistant imports it before it can show a page, but it has to be compiled.
"""


class MicroVad:
    """Detects speech, which nobody does in the demo."""
