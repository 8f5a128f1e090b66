"""The desk's rules, in the standard library only; the time and new ids are always arguments."""
