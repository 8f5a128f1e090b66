"""What the gateway must know of the world: how phone numbers vary and which times to believe."""
