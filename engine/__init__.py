"""The headless core of yikuo: everything that may happen to a connection order, and nothing that draws a page."""
