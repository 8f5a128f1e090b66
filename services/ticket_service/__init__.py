"""The desk: leads, contacts, conversations and tickets, made from what customers write and agents do."""
