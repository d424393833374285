"""Whole products in real browsers: `ucc serve` as a process of its own, Chromium on its pages."""
