"""Access tokens that are taken back before their time: by whoever has them, and with what they rest on."""
