"""Holds a bill of materials against the schema of CycloneDX 1.5; needs cyclonedx-python-lib[json-validation]."""

import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

with open(sys.argv[1], encoding="utf-8") as file:
    fault = JsonStrictValidator(SchemaVersion.V1_5).validate_str(file.read())
if fault:
    sys.exit(f"{sys.argv[1]} is no CycloneDX 1.5: {fault}")
