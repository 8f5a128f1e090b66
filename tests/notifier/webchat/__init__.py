"""The live chat on a site, outgoing."""
