"""All of RabbitMQ: one topology, one pipelined confirming publisher, one batching consumer."""
