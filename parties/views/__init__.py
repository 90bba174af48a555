"""The host's pages that need no guests."""
