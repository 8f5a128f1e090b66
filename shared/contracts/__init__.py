"""The events on the broker: one file per event (dataclass, schema, example), one envelope, one routing table."""
