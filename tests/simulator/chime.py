"""The sound of a doorbell, computed."""

from array import array
from functools import cache
from io import BytesIO
import math
import wave

RATE = 16000


# The sums take long enough to hold up the phones that ring meanwhile.
@cache
def chime() -> bytes:
    """Return two strokes of a bell, a high and a low one, as a WAV file."""
    samples = array("h", bytes(2 * RATE * 3))
    for start, pitch in ((0.0, 659.25), (0.7, 523.25)):
        first = int(start * RATE)
        for index in range(first, len(samples)):
            time = (index - first) / RATE
            tone = math.sin(math.tau * pitch * time) + 0.4 * math.sin(
                math.tau * 2.76 * pitch * time
            ) * math.exp(-4 * time)
            samples[index] += int(9000 * tone * math.exp(-2.2 * time))

    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
    return file.getvalue()
