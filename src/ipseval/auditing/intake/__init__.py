"""Text intake: from a report's running text to a draft of its numbers that a person corrects."""
