"""Services that exist to test and measure the mesh."""
