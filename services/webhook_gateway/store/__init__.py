"""What the gateway's worker keeps in MongoDB: the files it has to fetch."""
