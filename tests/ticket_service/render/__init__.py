"""What is drawn and typeset."""
