"""How the web server runs. `mashang serve` passes this module to gunicorn."""

from pathlib import Path

from django.conf import settings

wsgi_app = "mashang.config.wsgi"
proc_name = "mashang"

# SQLite has one writer, and threads share its page cache. PostgreSQL keeps two cores busy.
on_sqlite = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
workers = 1 if on_sqlite else 2
threads = 4
worker_class = "gthread"
# The application is loaded once and forked, so its memory is shared.
preload_app = True

# Nine photos over a slow phone take minutes to arrive; a thread that waits for them blocks no
# other, and gthread's timeout watches the worker and not one request.
timeout = 60
graceful_timeout = 10
keepalive = 5

# Its sign of life must not wait for a busy disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

# No access log: addresses hold the secret part of residents' and cadres' links.
accesslog = None
loglevel = "warning"
control_socket_disable = True
