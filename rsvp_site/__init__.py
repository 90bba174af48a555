"""What holds Full Table together: settings, addresses, the worker, the runner.

Imports nothing, so that the runner and the leaf helpers stay light; the Celery app is loaded by
``SiteConfig.ready`` wherever Django is.
"""
