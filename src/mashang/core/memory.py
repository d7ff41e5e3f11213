"""How the collector of garbage goes about its work."""

import gc


def keep_what_is_loaded() -> None:
    """Have it leave alone what a process has loaded at its start, which stays as long as it does.

    Otherwise it goes through modules and templates every few requests: a tenth of all time, and
    of some requests the most.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
