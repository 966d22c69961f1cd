"""Topics: an ontology of them, and which of them a text is about. Pure: no network, no environment."""
