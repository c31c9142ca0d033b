"""What recompute.py works with: a journal read back, and each family of figures worked out anew."""
