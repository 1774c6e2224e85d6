"""Knowledge: short notes in our own words on how clouds sell compute, and how those are found that fit a question."""
