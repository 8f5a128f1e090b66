"""What the collector keeps in MongoDB: how far each folder was read, and which mails were handled."""
