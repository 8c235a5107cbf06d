"""Audio: from what a person picked to the sound that RyzeAPI takes."""
