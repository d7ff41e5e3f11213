"""All settings. An operator sets them through MASHANG_* variables (docs/settings.md)."""

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url

from mashang.config.environment import CIPHERS, MODES, Environment, read_env_file

read_env_file()
env = Environment()

PACKAGE = Path(__file__).resolve().parent.parent
MODE = env.text("MODE", "production", choices=MODES)
PRODUCTION = MODE == "production"
DEBUG = False

# The city -----------------------------------------------------------------------------------
CITY_NAME = env.text("CITY_NAME", "白银市")
CITY_HOTLINE = env.text("CITY_HOTLINE", "12345")
BASE_URL = env.base_url("" if PRODUCTION else "http://127.0.0.1:8000", https_only=PRODUCTION)
# What the QR codes on doors begin with: a short name of the same server keeps them coarse.
CODE_URL = BASE_URL
if env.text("CODE_URL"):
    CODE_URL = env.base_url("", https_only=PRODUCTION, name="CODE_URL")
DATA_DIR = env.folder("DATA_DIR", Path("var"))
TIME_ZONE = env.time_zone("Asia/Shanghai")
EXTRA_HOSTS = env.words("EXTRA_HOSTS")

# Printing signs -----------------------------------------------------------------------------
POSTER_FONT = env.font("POSTER_FONT")
POSTER_FONT_BOLD = env.font("POSTER_FONT_BOLD")
POSTER_FONT_SECOND = env.font("POSTER_FONT_SECOND")
POSTERS_KEPT_DAYS = env.number("POSTERS_KEPT_DAYS", 60, least=1, most=3650)

# Secrets ------------------------------------------------------------------------------------
SECRET_KEY = env.secret("SECRET_KEY", least=50)
FIELD_KEYS = env.keys("FIELD_KEYS")
INDEX_KEY = env.secret("INDEX_KEY", least=32)
CIPHER = env.text("CIPHER", "aes-gcm", choices=CIPHERS)

# Messages -----------------------------------------------------------------------------------
SMS_SENDER = env.text(
    "SMS_SENDER",
    "gateway" if PRODUCTION else "demo",
    choices=("demo", "gateway", "providers"),
)
SMS_GATEWAY_URL = env.text("SMS_GATEWAY_URL")
SMS_GATEWAY_KEY = env.text("SMS_GATEWAY_KEY")
# Of providers that the city keeps as data: MASHANG_PROVIDER_<CODE>_KEY and …_SECRET.
PROVIDER_SECRETS = env.matching("PROVIDER_", endings=("_KEY", "_SECRET"))
SMS_SIGNATURE = env.text("SMS_SIGNATURE", "码上办")
# Residents are left in peace from the one hour of the evening to the other of the morning.
QUIET_FROM = env.number("QUIET_FROM_HOUR", 22, least=18, most=24)
QUIET_TO = env.number("QUIET_TO_HOUR", 7, least=0, most=12)
# After a registered call the resident is asked whether there was one.
ASK_WHETHER_CALLED = env.text("ASK_WHETHER_CALLED", "yes", choices=("yes", "no")) == "yes"
# A call that a platform put through proves the first contact from so many seconds on.
CALL_PROVES_SECONDS = env.number("CALL_PROVES_SECONDS", 10, least=1, most=600)
# With 微信公众号: a resident who wants so hears by it first, and by SMS only where that fails.
WECHAT_FIRST = env.text("WECHAT_FIRST", "no", choices=("yes", "no")) == "yes"
NOTICES_PER_PHONE_A_DAY = env.number("NOTICES_PER_PHONE_A_DAY", 50, least=1, most=1000)
SAME_NOTICE_PER_PHONE_A_DAY = env.number("SAME_NOTICE_PER_PHONE_A_DAY", 20, least=1, most=1000)

# Mail, for reports that people subscribe to; none is sent unless both are set ------------------
MAIL_FROM = env.text("MAIL_FROM")
_mail = env.mail_server()
if bool(MAIL_FROM) != bool(_mail):
    env.faults.append("MASHANG_SMTP_URL and MASHANG_MAIL_FROM are set together, or neither")
EMAIL_HOST, EMAIL_PORT = _mail.get("host", "localhost"), _mail.get("port", 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.get("user", ""), _mail.get("password", "")
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.get("is_tls", False), bool(_mail) and not _mail["is_tls"]
EMAIL_TIMEOUT = 20

# Drafts by a machine that the city names; off unless an address is set ------------------------
DRAFT_URL = env.machine("DRAFT_URL", https_only=PRODUCTION)
DRAFT_KEY = env.text("DRAFT_KEY")
DRAFT_MODEL = env.text("DRAFT_MODEL")
DRAFT_SECONDS = env.number("DRAFT_SECONDS", 30, least=5, most=120)
DRAFTS_PER_PERSON_AN_HOUR = env.number("DRAFTS_PER_PERSON_AN_HOUR", 20, least=1, most=1_000)
DRAFTS_A_DAY = env.number("DRAFTS_A_DAY", 500, least=1, most=100_000)
if bool(DRAFT_URL) != bool(DRAFT_MODEL):
    env.faults.append("MASHANG_DRAFT_URL and MASHANG_DRAFT_MODEL are set together, or neither")

# A base map under the figures, by a key of 天地图; the schematic needs none ---------------------
TIANDITU_KEY = env.text("TIANDITU_KEY")
if TIANDITU_KEY and not (TIANDITU_KEY.isascii() and TIANDITU_KEY.isalnum()):
    env.faults.append("MASHANG_TIANDITU_KEY must be the key alone, letters and digits")

# Limits on what comes in (bytes, counts) ------------------------------------------------------
PHOTO_LIMIT = env.number("PHOTO_LIMIT_MB", 12, least=1, most=40) * 1024 * 1024
VOICE_LIMIT = 3 * 1024 * 1024
REPORTS_PER_ADDRESS_AN_HOUR = env.number("REPORTS_PER_ADDRESS_AN_HOUR", 60, least=1, most=1_000_000)
REPORTS_PER_PHONE_A_DAY = env.number("REPORTS_PER_PHONE_A_DAY", 20, least=1, most=10_000)
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")

# Signing in -----------------------------------------------------------------------------------
SECOND_FACTOR = env.text(
    "SECOND_FACTOR", "required" if PRODUCTION else "offered", choices=("required", "offered")
)
IDLE_MINUTES = env.number("IDLE_MINUTES", 30, least=5, most=480)
SESSION_HOURS = env.number("SESSION_HOURS", 8, least=1, most=24)
OIDC_ISSUER = env.text("OIDC_ISSUER")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_SECRET")
OIDC_MATCH = env.text("OIDC_MATCH", "username", choices=("username", "subject"))
OIDC_CLAIM = env.text("OIDC_CLAIM", "preferred_username")
OIDC_NAME = env.text("OIDC_NAME", "统一身份认证")
OIDC_HAS_FACTOR = env.text("OIDC_HAS_FACTOR", "no", choices=("yes", "no")) == "yes"
if OIDC_ISSUER or OIDC_CLIENT_ID or OIDC_CLIENT_SECRET:
    if urlsplit(OIDC_ISSUER).scheme not in ("http", "https") or not urlsplit(OIDC_ISSUER).hostname:
        env.faults.append("MASHANG_OIDC_ISSUER must name the provider, https://…")
    elif PRODUCTION and not OIDC_ISSUER.startswith("https://"):
        env.faults.append("MASHANG_OIDC_ISSUER must begin with https:// in production")
    if not OIDC_CLIENT_ID or len(OIDC_CLIENT_SECRET) < 16:
        env.faults.append(
            "MASHANG_OIDC_CLIENT_ID and MASHANG_OIDC_CLIENT_SECRET (16 characters or more) "
            "belong to MASHANG_OIDC_ISSUER"
        )

# The database: SQLite inside DATA_DIR unless a URL names another ------------------------------
DATABASE_WAIT = env.number("DATABASE_WAIT_SECONDS", 20, least=1, most=120)
DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'mashang.sqlite3'}")
try:
    DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=600)}
except (ValueError, KeyError):
    DATABASES = {"default": {}}
database = DATABASES["default"]
# How long a request waits for another's lock before the person is told to try again.
DATABASE_WAIT = env.number("DATABASE_WAIT_SECONDS", 20, least=1, most=120)
if database.get("ENGINE") == "django.db.backends.sqlite3":
    # WAL lets readers and the one writer work side by side. FULL, because what a resident was
    # told is stored must survive a power cut. Immediate, so that a writer waits its turn at the
    # start of a transaction and never fails half way.
    database["CONN_MAX_AGE"] = None
    database["OPTIONS"] = {
        "timeout": DATABASE_WAIT,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
        "PRAGMA foreign_keys=ON; PRAGMA cache_size=-8000; PRAGMA temp_store=MEMORY",
    }
elif database.get("ENGINE") == "django.db.backends.postgresql":
    database["CONN_HEALTH_CHECKS"] = True
    # Statements are prepared: planning them anew at each call is half of the server's work on a
    # report.
    database.setdefault("OPTIONS", {}).update(
        application_name="mashang",
        server_side_binding=True,
        prepare_threshold=5,
        options=f"-c lock_timeout={DATABASE_WAIT}s",
    )
else:
    env.faults.append("MASHANG_DATABASE_URL must begin with sqlite:/// or postgres://")

if PRODUCTION and SMS_SENDER == "demo":
    env.faults.append(
        "MASHANG_SMS_SENDER=demo sends nothing and shows every SMS: not in production"
    )
if SMS_SENDER == "gateway":
    if urlsplit(SMS_GATEWAY_URL).scheme not in ("http", "https"):
        env.faults.append("MASHANG_SMS_GATEWAY_URL must name the gateway, https://…")
    elif PRODUCTION and not SMS_GATEWAY_URL.startswith("https://"):
        env.faults.append("MASHANG_SMS_GATEWAY_URL must begin with https:// in production")
    if len(SMS_GATEWAY_KEY) < 16:
        env.faults.append("MASHANG_SMS_GATEWAY_KEY must have 16 characters or more")
env.finish()

# Django ---------------------------------------------------------------------------------------
ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname, urlsplit(CODE_URL).hostname, *EXTRA_HOSTS]
if not PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "testserver"]
INSTALLED_APPS = [
    "mashang.config.admin.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "mashang.core",
    "mashang.places",
    "mashang.people",
    "mashang.audit",
    "mashang.codes",
    "mashang.messaging",
    "mashang.attachments",
    "mashang.directory",
    "mashang.cases",
    "mashang.calling",
    "mashang.wishes",
    "mashang.mediation",
    "mashang.followup",
    "mashang.knowledge",
    "mashang.legal",
    "mashang.rosters",
    "mashang.insight",
    "mashang.estates",
    "mashang.accounts",
    "mashang.portal",
    "mashang.workbench",
    "mashang.configuration",
    "mashang.operations",
    "mashang.demo",
    "mashang.trials",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mashang.core.middleware.ClientAddress",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "mashang.core.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "mashang.accounts.middleware.SessionLimits",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mashang.core.middleware.SafeHeaders",
]
ROOT_URLCONF = "mashang.config.urls"
WSGI_APPLICATION = "mashang.config.wsgi.application"
FORM_RENDERER = "mashang.core.rendering.FormRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mashang.core.context.page",
            ]
        },
    }
]
AUTH_USER_MODEL = "people.Account"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/staff/sign-in"
LOGIN_REDIRECT_URL = "/desk"
LOGOUT_REDIRECT_URL = "/staff/sign-in"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "static"]
STATIC_ROOT = DATA_DIR / "static"
if MODE == "test":
    WHITENOISE_USE_FINDERS = True
else:
    # Compressed, and named after their content, so that a phone keeps them until they change.
    # `mashang prepare` collects them.
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
MEDIA_ROOT = DATA_DIR / "files"

# A form with nine photos and a voice message, and not much more.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
# Beyond this Django refuses the request, words and all; DropOversized drops the files long before.
DATA_UPLOAD_MAX_NUMBER_FILES = 200
FILE_UPLOAD_HANDLERS = [
    "mashang.attachments.uploads.DropOversized",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "mashang.attachments.uploads.SpoolToDisk",
]

SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "mashang.core.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = list({BASE_URL, CODE_URL})
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
if MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        "fontTools": {"level": "ERROR"},
    },
}
