"""What mails mean: trimming, machines, bounces, certified mail, tokens."""
