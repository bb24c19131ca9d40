(CNN)A hen crossed a road.

It was Monday.

@highlight

Hen crosses road

@highlight

NEW: Motive "unknown"
