"""Read models: plain selects with paging and scope, no locks. Every function takes the view of `Engine.read()`."""
