"""From a mailbox to the broker: fetched in order, kept whole, read, published, and only then remembered."""
