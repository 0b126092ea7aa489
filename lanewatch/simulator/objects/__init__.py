"""Wire shapes of the Kubernetes objects in a lane: pure functions from values to JSON, no story in them."""
