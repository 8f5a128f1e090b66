"""Events saved in the same transaction as the state they tell of, then relayed to the broker."""
