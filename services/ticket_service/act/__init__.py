"""What people do on the desk: each decision by the domain, saved in one transaction with all that follows."""
