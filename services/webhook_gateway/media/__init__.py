"""Files of customers' messages: fetched from the provider by the worker, kept in the blob store."""
