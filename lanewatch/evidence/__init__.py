"""What was seen, as a folder that proves itself: written whole, checked with anyone's tools, played back offline.

`material` is what a bundle is made of; all else in it is derived from that by pure functions (`layout`), which is how
`verify` finds an edited summary: it derives the files anew and compares bytes.
"""
