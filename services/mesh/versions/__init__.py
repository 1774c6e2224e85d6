"""The versions of the services: the working tree, and immutable copies that can be deployed beside it."""
