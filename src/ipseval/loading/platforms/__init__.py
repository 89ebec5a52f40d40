"""Survey platforms: where each one's export keeps names, labels and answer sets."""
