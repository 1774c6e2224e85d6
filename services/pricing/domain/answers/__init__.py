"""Answers to questions: what was done for them, and how they are said in sentences."""
