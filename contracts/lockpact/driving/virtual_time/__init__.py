"""The world's time for an unmodified client: sleeps, clocks, threads and event loops follow a `Timeline`.

    scheduler = ThreadScheduler(timeline, seed=7)
    with virtual_time():                 # once, before the client is imported
        with scheduler.inside():
            client.poll()                # its sleeps take no real time

`client_time` does all of this around a test: see `locksim.World.time`.

*Not* replaced: `datetime.now()`, `utcnow()` and `time.localtime()` without an argument (they read the clock in C), socket
timeouts, and (but by `client_time`) what a module bound by `from time import …` before `virtual_time()` began.
"""

from lockpact.driving.virtual_time.client_time import client_time
from lockpact.driving.virtual_time.event_loop import VirtualEventLoop
from lockpact.driving.virtual_time.thread_scheduler import Deadlock, ThreadScheduler, Timeline
from lockpact.driving.virtual_time.time_patches import virtual_time

__all__ = ["Deadlock", "ThreadScheduler", "Timeline", "VirtualEventLoop", "client_time", "virtual_time"]
