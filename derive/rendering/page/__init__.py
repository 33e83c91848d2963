"""Pages: one self-contained HTML file, which no network and no other file is needed for."""
