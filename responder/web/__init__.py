"""The duty for people: pages made on the server, and one live desk."""
