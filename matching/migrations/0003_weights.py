import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

# What was active once never changes, nor does a report that somebody signed.
CREATE = """
CREATE FUNCTION weights_are_kept() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.version, NEW.weights, NEW.strong, NEW.good, NEW.trade, NEW.note, NEW.parent_id,
                            NEW.origin, NEW.created_at)
        IS DISTINCT FROM   (OLD.version, OLD.weights, OLD.strong, OLD.good, OLD.trade, OLD.note, OLD.parent_id,
                            OLD.origin, OLD.created_at) OR NEW.state = 'draft'
    THEN
        RAISE EXCEPTION 'weights % have been active and stay as they were', OLD.version
            USING ERRCODE = 'check_violation', CONSTRAINT = 'weights_are_kept';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER weights_are_kept BEFORE UPDATE OR DELETE ON matching_weightsversion
    FOR EACH ROW WHEN (OLD.activated_at IS NOT NULL) EXECUTE FUNCTION weights_are_kept();
CREATE FUNCTION simulation_signed_is_kept() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.version_id, NEW.against_id, NEW.numbers, NEW.data, NEW.signature, NEW.signed_at)
        IS DISTINCT FROM   (OLD.version_id, OLD.against_id, OLD.numbers, OLD.data, OLD.signature, OLD.signed_at)
    THEN
        RAISE EXCEPTION 'report % is signed and stays as it was', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'simulation_signed_is_kept';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER simulation_signed_is_kept BEFORE UPDATE OR DELETE ON matching_simulationreport
    FOR EACH ROW WHEN (OLD.signed_at IS NOT NULL) EXECUTE FUNCTION simulation_signed_is_kept();
"""
DROP = """
DROP TRIGGER simulation_signed_is_kept ON matching_simulationreport;
DROP FUNCTION simulation_signed_is_kept();
DROP TRIGGER weights_are_kept ON matching_weightsversion;
DROP FUNCTION weights_are_kept();
"""
HAND_2 = {
    "text": 1.0,
    "reference": 1.0,
    "codes": 0.3,
    "near": 0.4,
    "code_place": 0.8,
    "place": 0.35,
    "reach": 0.25,
    "wanted": 0.3,
    "kind": 0.25,
    "experience": 0.3,
    "certifications": 0.35,
    "languages": 0.25,
    "headcount": 0.15,
    "maturity": 0.2,
    "freshness": 0.1,
    "exposure": 0.0,
    "newcomer": 0.0,
}


def write_hand_2(apps, schema_editor):
    apps.get_model("matching", "WeightsVersion").objects.using(schema_editor.connection.alias).create(
        version="hand-2",
        state="active",
        weights=HAND_2,
        strong=45.0,
        good=30.0,
        trade=0.2,
        origin="hand",
        note="Texte, métier et lieu réglés sur de vrais marchés attribués ; le reste à la main.",
        activated_at=timezone.now(),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_both_organisations_keep_an_admin"),
        ("matching", "0002_corpus_and_threshold"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WeightsVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.CharField(editable=False, max_length=12, unique=True, verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "brouillon"), ("active", "en vigueur"), ("former", "ancienne")],
                        default="draft",
                        editable=False,
                        max_length=20,
                        verbose_name="état",
                    ),
                ),
                ("weights", models.JSONField(editable=False, verbose_name="poids")),
                (
                    "strong",
                    models.FloatField(help_text="Un score, de 0 à 100.", verbose_name="adéquation forte à partir de"),
                ),
                (
                    "good",
                    models.FloatField(
                        help_text="Un score, inférieur à celui de l'adéquation forte.",
                        verbose_name="bonne adéquation à partir de",
                    ),
                ),
                (
                    "trade",
                    models.FloatField(
                        help_text="De 0 à 1 : le bon pays ne suffit pas sans le métier.",
                        verbose_name="part du métier exigée pour une bonne adéquation",
                    ),
                ),
                ("note", models.TextField(blank=True, max_length=2000, verbose_name="pourquoi cette version")),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("hand", "écrite à la main"),
                            ("copy", "copiée"),
                            ("learnt", "apprise des décisions"),
                        ],
                        default="copy",
                        editable=False,
                        max_length=10,
                        verbose_name="origine",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="créée le")),
                ("activated_at", models.DateTimeField(editable=False, null=True, verbose_name="mise en vigueur le")),
                (
                    "activated_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="mise en vigueur par",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="créée par",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="matching.weightsversion",
                        verbose_name="tirée de",
                    ),
                ),
            ],
            options={
                "verbose_name": "version des poids",
                "verbose_name_plural": "versions des poids",
                "ordering": ["-pk"],
                "permissions": [("activate_weightsversion", "Can activate version of the weights")],
            },
        ),
        migrations.CreateModel(
            name="WeightsMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.CharField(max_length=20, verbose_name="avant")),
                ("after", models.CharField(max_length=20, verbose_name="après")),
                ("reason", models.TextField(blank=True, verbose_name="motif")),
                ("changes", models.JSONField(blank=True, default=dict, verbose_name="modifications")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="date")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="par",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="history",
                        to="matching.weightsversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne d'historique",
                "verbose_name_plural": "historique",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SimulationReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("numbers", models.JSONField()),
                ("progress", models.PositiveSmallIntegerField(default=0, verbose_name="avancement")),
                ("data", models.JSONField(default=dict)),
                ("error", models.TextField(blank=True, verbose_name="erreur")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="demandé le")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="terminé le")),
                ("signature", models.CharField(blank=True, max_length=120, verbose_name="signature")),
                ("signed_at", models.DateTimeField(null=True, verbose_name="signé le")),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="demandé par",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="signé par",
                    ),
                ),
                (
                    "against",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="matching.weightsversion",
                        verbose_name="comparée à",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="matching.weightsversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "rapport de simulation",
                "verbose_name_plural": "rapports de simulation",
                "ordering": ["-pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="weightsversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")),
                fields=("state",),
                name="weights_one_active",
                violation_error_message="Une autre version est en vigueur.",
            ),
        ),
        migrations.AddConstraint(
            model_name="weightsversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "active", "former"])), name="weights_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="weightsversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["hand", "copy", "learnt"])), name="weights_origin_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="weightsversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "draft"), ("activated_at__isnull", False), _connector="OR"),
                name="weights_activated_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="weightsversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("good__gt", 0), ("strong__gt", models.F("good")), ("strong__lte", 100)),
                name="weights_bands_in_order",
                violation_error_message="L'adéquation forte doit commencer plus haut que la bonne.",
            ),
        ),
        migrations.AddConstraint(
            model_name="weightsversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("trade__range", (0, 1))), name="weights_trade_is_a_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="weightsversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Func(
                        models.F("weights"),
                        models.Value('$.* ? (@ < 0 || @.type() != "number")'),
                        function="jsonb_path_exists",
                        output_field=models.BooleanField(),
                        template="%(function)s(%(expressions)s::jsonpath)",
                    ),
                    _negated=True,
                ),
                name="weights_none_negative",
                violation_error_message="Un poids est un nombre, jamais négatif.",
            ),
        ),
        migrations.AddConstraint(
            model_name="weightsversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Func(
                        models.F("weights"),
                        models.Value("$.* ? (@ > 0)"),
                        function="jsonb_path_exists",
                        output_field=models.BooleanField(),
                        template="%(function)s(%(expressions)s::jsonpath)",
                    )
                ),
                name="weights_some_positive",
                violation_error_message="Au moins un critère doit peser.",
            ),
        ),
        migrations.AddConstraint(
            model_name="simulationreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("progress__lte", 100)), name="simulation_progress_is_per_cent"
            ),
        ),
        migrations.AddConstraint(
            model_name="simulationreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("signed_at", None),
                    models.Q(
                        ("error", ""), ("finished_at__isnull", False), models.Q(("signature", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="simulation_signed_once_done",
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
        migrations.RunPython(write_hand_2, migrations.RunPython.noop),
    ]
