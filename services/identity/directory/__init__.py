"""Who there is, what each may do, and how each proves to be itself."""
