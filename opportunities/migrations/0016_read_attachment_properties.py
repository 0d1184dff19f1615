"""What the files that are here say of themselves: a group that becomes confidential is looked for in it too."""

from django.db import migrations

from opportunities import file_properties


def read(apps, schema_editor):
    rows = apps.get_model("opportunities", "Attachment").objects.exclude(state="infected").filter(properties="")
    for pk, type_ in list(rows.values_list("pk", "type")):
        content = bytes(rows.values_list("content", flat=True).get(pk=pk))
        rows.filter(pk=pk).update(properties=file_properties.read(content, type_))


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0015_attachment_properties")]

    operations = [migrations.RunPython(read, migrations.RunPython.noop, elidable=True)]
