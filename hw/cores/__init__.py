"""The cores: each a stream in, a stream out, and nothing known of what comes before and after it."""
