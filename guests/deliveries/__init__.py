"""What became of the mails that a server had accepted: bounces, complaints, deliveries."""
