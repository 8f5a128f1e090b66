"""What every web application answers alike: health, metrics, problems, limits, headers."""
