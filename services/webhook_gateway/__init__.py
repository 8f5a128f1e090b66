"""Providers to broker: is this request genuine, and what does it mean?"""
