"""One module for every environment: the environment variables make the difference (README has the table)."""

from email.utils import parseaddr
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="for development only" if DEBUG else environ.Env.NOTSET)
SITE_URL = env.str("SITE_URL", default="http://localhost:8000" if DEBUG else environ.Env.NOTSET).rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "pacte.apps.PacteConfig",
    "accounts",
    "opportunities",
    "matching",
    "pacte.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "lucide",
    "template_partials",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pacte.middleware.CompressedPages",
    "csp.middleware.CSPMiddleware",
    "pacte.middleware.permissions_policy",
    "pacte.middleware.private_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.kept.KeepingLoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "pacte.urls"
WSGI_APPLICATION = "pacte.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials", "pacte.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database, cache, sessions. Reusing a connection is worth four times the requests per second.
DATABASES = {"default": env.db("DATABASE_URL", default="postgres:///pacte" if DEBUG else environ.Env.NOTSET)}
DATABASES["default"] |= {"ATOMIC_REQUESTS": True, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES["default"]["OPTIONS"] = {"connect_timeout": 5, "tcp_user_timeout": 15000} | DATABASES["default"].get(
    "OPTIONS", {}
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379" if DEBUG else environ.Env.NOTSET).rstrip("/")
CACHE_URL = env.str("CACHE_URL", default=f"{REDIS_URL}/1")
_REDIS_CACHE = {"LOCATION": CACHE_URL, "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2}}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", **_REDIS_CACHE},  # rate limits: strict
    "pages": {"BACKEND": "pacte.caches.ForgivingRedisCache", "KEY_PREFIX": "pages", **_REDIS_CACHE},
    "sessions": {"BACKEND": "pacte.caches.SessionCache", "KEY_PREFIX": "sessions", **_REDIS_CACHE},
    # cards and filters drawn by this process: short of ten minutes old, some 40 MB at most, with ten thousand open
    "fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": 600,
        "OPTIONS": {"MAX_ENTRIES": 24000},
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "sessions"

CLAMD = env("CLAMD", default="")  # host:port or socket of an antivirus; without one files are not looked at

# Tasks: rows are the queue, Celery is the bell; so a lost or doubled message does no harm.
CELERY_BROKER_URL = f"{REDIS_URL}/0"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker for as long as it takes
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,  # every countdown stays under it
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 3,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "max_retries": 0,  # of a page that rings the bell; a worker goes on trying
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = f"{REDIS_URL}/0"  # for the few answers that a page waits for
CELERY_RESULT_EXPIRES = 60
CELERY_TASK_PUBLISH_RETRY = False  # a page does not wait for the broker: the sweeps of beat hear what it missed
CELERY_TASK_SOFT_TIME_LIMIT = 780
CELERY_TASK_TIME_LIMIT = 840  # under the visibility timeout
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/Paris"
QUEUES = ["default", "mail", "matching"]  # each has its workers
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "accounts.tasks.run_import": {"queue": "default"},  # long: mails do not wait behind it
    "accounts.tasks.*": {"queue": "mail"},
    "matching.tasks.score_*": {"queue": "matching"},
    "matching.tasks.refresh_*": {"queue": "matching"},
    "matching.tasks.count_audience": {"queue": "matching"},
    "matching.tasks.look_at_quiet_posts": {"queue": "matching"},
}
CELERY_BEAT_SCHEDULE = {
    "deliver-due-mail": {"task": "accounts.tasks.deliver_due", "schedule": 60, "options": {"expires": 60}},
    "forget-unconfirmed": {"task": "accounts.tasks.forget_unconfirmed", "schedule": 24 * 3600},
    "chase-join-requests": {
        "task": "accounts.tasks.chase_join_requests",
        "schedule": 900,
        "options": {"expires": 900},
    },
    "find-doubles": {"task": "accounts.tasks.find_doubles", "schedule": 24 * 3600},
    "watch-registry": {"task": "accounts.tasks.watch_registry", "schedule": 3600, "options": {"expires": 3600}},
    "rescue-orphans": {"task": "accounts.tasks.rescue_orphans", "schedule": 24 * 3600},
    "ask-to-sign": {"task": "accounts.tasks.ask_to_sign", "schedule": 600, "options": {"expires": 600}},
    "purge-mail-bodies": {"task": "accounts.tasks.purge_bodies", "schedule": 24 * 3600},
    "settle-introductions": {
        "task": "matching.tasks.settle_introductions",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "climb-ladder": {"task": "matching.tasks.climb_ladder", "schedule": 600, "options": {"expires": 600}},
    "check-links": {"task": "opportunities.tasks.check_links", "schedule": 3600, "options": {"expires": 3600}},
    "keep-up": {"task": "opportunities.tasks.keep_up", "schedule": 900, "options": {"expires": 900}},
    "resume-notices": {
        "task": "opportunities.tasks.resume_notice_imports",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "close-due": {"task": "opportunities.tasks.close_due", "schedule": 60, "options": {"expires": 60}},
    "scan-attachments": {"task": "opportunities.tasks.scan_attachments", "schedule": 30, "options": {"expires": 30}},
    "forget-imports": {"task": "accounts.tasks.forget_imports", "schedule": 24 * 3600},
    "resume-imports": {"task": "accounts.tasks.resume_imports", "schedule": 60, "options": {"expires": 60}},
    "scan-presentations": {"task": "accounts.tasks.scan_presentations", "schedule": 30, "options": {"expires": 30}},
    "suspend-orphans": {"task": "opportunities.tasks.suspend_orphans", "schedule": 60, "options": {"expires": 60}},
    "count-attention": {"task": "matching.tasks.count_attention", "schedule": 24 * 3600},
    "look-at-quiet-posts": {
        "task": "matching.tasks.look_at_quiet_posts",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "note-passing-time": {"task": "matching.tasks.note_passing_time", "schedule": 4 * 3600},
    "tell-alerts": {"task": "matching.tasks.tell_alerts", "schedule": 300, "options": {"expires": 300}},
    "simulate-due": {"task": "matching.tasks.simulate_due", "schedule": 15, "options": {"expires": 15}},
    "score-portage": {"task": "matching.tasks.score_portage", "schedule": 30, "options": {"expires": 30}},
    "expire-portage": {"task": "matching.tasks.expire_portage", "schedule": 3600},
    "refresh-matches": {"task": "matching.tasks.refresh_due", "schedule": 2, "options": {"expires": 2}},
} | {
    f"tick-{queue}": {"task": "pacte.tasks.tick", "schedule": 20, "args": [queue], "options": {"queue": queue}}
    for queue in QUEUES
}

# People: sign-in by e-mail, second factor at will (staff: always)
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in [
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    ]
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.signin.LoginForm",
    "add_email": "accounts.forms.signin.AddEmailForm",
    "reset_password": "accounts.forms.signin.ResetPasswordForm",
}
ACCOUNT_CHANGE_EMAIL = True  # one address a person: a new one takes over once confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE_URL.partition(":")[0]
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PROXIES", default=0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_TOTP_ISSUER = "Pacte International"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["pacte.formats"]
TIME_ZONE = "Europe/Paris"
USE_TZ = True

# Static files: served by the application itself, hashed and compressed in production
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = False  # a new file needs a restart; a request costs nothing

# Mail: rows first (accounts.models.Email); what leaves passes the guard
vars().update(env.email("EMAIL_URL", default="dummymail://" if DEBUG else environ.Env.NOTSET))
MAIL_BACKEND = vars()["EMAIL_BACKEND"].replace("django.core.mail.backends.smtp", "pacte.mailguard")
EMAIL_BACKEND = "pacte.mailguard.GuardedBackend"
EMAIL_TIMEOUT = 10  # a mail is sent under its row's lock: never wait long
MAIL_ALLOWED = env.list("MAIL_ALLOWED", default=["demo.example", "example.com"])
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Pacte International <ne-pas-repondre@demo.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
CONTACT_EMAIL = env.str("CONTACT_EMAIL", default="contact@demo.example")  # where a person answers
MAIL_DOMAIN = parseaddr(DEFAULT_FROM_EMAIL)[1].partition("@")[2]  # of Message-IDs

# Matching: how many companies an opportunity keeps, and the score above which any other keeps its place too
MATCHING_TOP_K = 500
MATCHING_FLOOR = 75.0
MATCHING_WEEKLY_CAP = 10  # opportunities for which a company is shown to groups in seven days
MATCHING_SNAPSHOTS = env.str("MATCHING_SNAPSHOTS", default="")  # a folder of this machine; empty: none is kept

IMPORTS_STALLED = 60  # seconds without a batch after which another worker takes a file up

# Company register: `fixture` (the demo's) or `api` (the public company search)
REGISTRY = env.str("REGISTRY", default="fixture")

# What the apps above ask of an opportunity before its group may submit it: each is called with it, and may refuse
SUBMISSION_RULES = ["matching.arrears.require"]
# and what they know of whom it reaches, or None: its group reads it in the mail of its publication
AUDIENCE = "matching.audience.reached"

# Safety. Nothing inline, nothing from elsewhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = not DEBUG

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django": {"handlers": [], "level": "INFO"}},  # Django would print each line a second time
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
