"""Notices by mail: who is told what, and in which words."""
