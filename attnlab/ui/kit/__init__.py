"""What every page is made of: links, settings that travel, messages, the session."""
