"""Tests of the audio: speech, files, downloads, addresses and base64."""
