"""Which connection has a client, over all gateways that share a port."""
