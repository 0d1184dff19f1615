"""What `manage.py bench_pages` runs beside the site: a bare view to compare with, and a small load client."""
