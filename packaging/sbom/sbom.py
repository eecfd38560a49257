#!/usr/bin/env python3
"""Writes the bill of materials of a program of this workspace: CycloneDX 1.5, as JSON.

    packaging/sbom/sbom.py [PROGRAM [TARGET]] > tatum-kms.cdx.json

PROGRAM is tatum-kms unless another is given, TARGET x86_64-unknown-linux-gnu. It lists the crates that are linked into the
program, with their licences and the checksums of Cargo.lock, and those that run while it is built (build scripts,
macros), as `excluded`; tests and their crates are left out. The same sources give the same bytes.
"""

import json
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Programs whose package has another name.
PACKAGES = {"tatum-kms-secrets": "kms-secrets"}
INDEX = "https://github.com/rust-lang/crates.io-index"


def metadata(target):
    """What cargo knows of the packages, their dependencies and features."""
    command = ["cargo", "metadata", "--format-version=1", "--locked", f"--filter-platform={target}"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def checksums():
    """The SHA-256 of each crate's archive, by name and version."""
    with open(ROOT / "Cargo.lock", "rb") as file:
        packages = tomllib.load(file)["package"]
    return {(p["name"], p["version"]): p["checksum"] for p in packages if "checksum" in p}


def tree(package, target, edges):
    """Name and version of everything that `package` needs along these edges, itself among it, with its own features only."""
    command = ["cargo", "tree", "--locked", f"--package={package}", f"--target={target}", f"--edges={edges}"]
    command += ["--prefix=none", "--format={p}"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return {(line.split()[0], line.split()[1].removeprefix("v")) for line in lines if line}


def purl(package):
    """Its package URL; packages of this workspace are on no registry."""
    name = f"pkg:cargo/{package['name']}@{package['version']}"
    return name if package["source"] else f"{name}?download_url=file://."


def component(package, is_linked, checksum):
    """One entry of the list."""
    entry = {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "description": " ".join((package["description"] or "").split()),
        "scope": "required" if is_linked else "excluded",
        "licenses": [{"expression": " ".join(package["license"].replace("/", " OR ").split())}] if package["license"] else [],
        "purl": purl(package),
    }
    if package["source"] and INDEX not in package["source"]:
        sys.exit(f"sbom: {package['name']} comes from {package['source']}, which is not crates.io; deny.toml forbids it")
    if checksum:
        entry["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        entry["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return entry


def bill(program, target):
    """The whole document."""
    known = metadata(target)
    name = PACKAGES.get(program, program)
    packages = {(p["name"], p["version"]): p for p in known["packages"]}
    ids = {p["id"]: (p["name"], p["version"]) for p in known["packages"]}
    root = next((ids[i] for i in known["workspace_members"] if ids[i][0] == name), None)
    if root is None:
        sys.exit(f"sbom: there is no program `{program}` in this workspace; give tatum-kms or tatum-sandbox")
    linked = tree(name, target, "normal,no-proc-macro")
    order = sorted(tree(name, target, "normal,build"))
    needs = {ids[node["id"]]: {ids[i] for i in node["dependencies"]} for node in known["resolve"]["nodes"]}
    sums = checksums()
    entries = {key: component(packages[key], key in linked, sums.get(key)) for key in order}
    main = {**entries.pop(root), "type": "application", "name": program}
    main.pop("scope")
    depends = [
        {"ref": purl(packages[key]), "dependsOn": sorted(purl(packages[k]) for k in needs[key] if k in set(order))}
        for key in order
    ]
    components = list(entries.values())
    content = json.dumps([main, components, depends], sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        # Of the content, so that the same sources have the same number.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {
            "component": main,
            "properties": [{"name": "cdx:rustc:sbom:target:triple", "value": target}],
        },
        "components": components,
        "dependencies": depends,
    }


def main():
    """Prints it."""
    arguments = sys.argv[1:] + ["tatum-kms", "x86_64-unknown-linux-gnu"][len(sys.argv) - 1 :]
    if len(arguments) != 2 or arguments[0].startswith("-"):
        sys.exit(__doc__)
    json.dump(bill(*arguments), sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
