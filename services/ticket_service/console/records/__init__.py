"""What work is recorded by: products, projects, contracts, and the calendar of interventions."""
