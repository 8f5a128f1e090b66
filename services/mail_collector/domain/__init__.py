"""What the collector knows of mails without knowing a server: where one was found, what reading it gave."""
