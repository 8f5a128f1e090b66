"""The files a desk is deployed with, held against the one table of processes."""
