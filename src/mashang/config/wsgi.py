"""The web application, as a WSGI server loads it."""

import os

from django.core.wsgi import get_wsgi_application

from mashang.core.memory import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mashang.config.settings")
application = get_wsgi_application()
keep_what_is_loaded()
