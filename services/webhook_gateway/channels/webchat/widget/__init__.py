"""What runs in the visitor's browser: the widget's sources and the one script they become."""
