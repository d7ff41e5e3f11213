"""Reports: the figures of a place or unit in a period as a file to be kept, sent and printed."""
