"""The events on the broker: a file per event (dataclass, schema, example), one envelope, one route table."""
