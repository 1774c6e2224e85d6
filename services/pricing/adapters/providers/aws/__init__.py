"""Amazon: the bulk price list (EC2 and savings plans), the spot price history and the spot advisor."""
