"""What every process needs to run: settings, logs, metrics, probes, ids, a clean stop."""
