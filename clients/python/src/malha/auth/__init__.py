"""Who a client is: access tokens, where they come from, and how they get onto calls."""
