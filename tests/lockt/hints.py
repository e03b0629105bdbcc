"""What a random walk through a customer's instance may try. The walk adds no headers of ours, so this one has its own."""

from __future__ import annotations

import json
from typing import Any

from locksim.lockt.seed import ARCHIVE, BRIDGE, FRONT_DOOR, LAUNDRY, MARY, PHONE, SECOND_PHONE, SPARE_FOB, VISITOR_FOB
from tests.kernel.wander import Hints
