"""Local stand-ins for the providers, so that the whole desk runs and can be tried without any account."""
