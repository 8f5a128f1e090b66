"""The desk's database: MongoDB collections behind the service's ports."""
