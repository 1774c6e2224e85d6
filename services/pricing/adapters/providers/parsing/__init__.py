"""Documents are parsed in a child process of low priority: it may be busy for seconds, the event loop may not."""
