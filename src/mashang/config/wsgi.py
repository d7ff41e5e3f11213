"""The web application, as a WSGI server loads it."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mashang.config.settings")
application = get_wsgi_application()

# What is loaded now stays as long as the process. Without this the collector of garbage goes
# through it every few requests, which takes a tenth of all time, and of some requests the most.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
