"""Pictures and documents made of what people wrote and sent."""
