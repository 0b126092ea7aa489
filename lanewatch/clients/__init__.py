"""Transports to the outside: HTTP, Gitea, Kubernetes, OCI registries, git, credentials and the two clocks.

What belongs here: how to ask one system, with deadlines, size caps, paging and trust, and how each way of not
answering is named. What an answer means for the lane is judged elsewhere. Nothing here sends a request that could
change anything: GET and HEAD only, and git's own upload-pack.
"""
