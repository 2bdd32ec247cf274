#!/usr/bin/env python3
"""Packs the program, one file with three names, for those who install it: archives, Python wheels, npm packages.

    packaging/pack.py OUT x86_64-linux=PROGRAM [aarch64-linux=PROGRAM] [x86_64-windows=PROGRAM]

Nothing is compiled here: packaging/build.sh does that. From the same programs the same bytes come, whenever and wherever
they are packed. Each package holds the licences of all that is inside, and a list of it (CycloneDX).
"""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tomllib
import uuid
import zipfile

TOP = pathlib.Path(__file__).resolve().parent.parent
PACKAGING = TOP / "packaging"
NAMES = ["obn-ca", "obn", "obn-conformance"]
VERSION = tomllib.loads((TOP / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["version"]
SUMMARY = "Simulator, client and conformance tests for the client certificates of Japan's online billing network"
# What zip can say at the earliest, in the places of both formats.
EPOCH, ZIP_EPOCH = 315532800, (1980, 1, 1, 0, 0, 0)
LICENCE = re.compile(r"(?i)^(licen[cs]e|copying|copyright|notice|unlicense)")

TARGETS = {
    "x86_64-linux": {
        "rust": "x86_64-unknown-linux-musl",
        "wheel": "manylinux2014_x86_64.musllinux_1_2_x86_64",
        "npm": ("linux", "x64"),
    },
    "aarch64-linux": {
        "rust": "aarch64-unknown-linux-musl",
        "wheel": "manylinux2014_aarch64.musllinux_1_2_aarch64",
        "npm": ("linux", "arm64"),
    },
    "x86_64-windows": {"rust": "x86_64-pc-windows-gnu", "wheel": "win_amd64", "npm": ("win32", "x64")},
}


def inside(rust_target):
    """The packages whose code is in the program: what it depends on, but for tests and builds."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", rust_target]
    told = json.loads(subprocess.run(command, cwd=TOP, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in told["packages"]}
    nodes = {node["id"]: node for node in told["resolve"]["nodes"]}
    found, todo = set(), [id for id, package in packages.items() if package["name"] == "obn-image"]
    while todo:
        id = todo.pop()
        if id in found:
            continue
        found.add(id)
        for dependency in nodes[id]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                todo.append(dependency["pkg"])
    return sorted((packages[id] for id in found), key=lambda package: (package["name"], package["version"]))


def licences(packages):
    """The texts, each once, with the packages that they are of."""
    texts = {}
    for package in packages:
        folder = pathlib.Path(package["manifest_path"]).parent
        files = [path for path in sorted(folder.iterdir()) if LICENCE.match(path.name) and path.is_file()]
        if not files and package["source"] is None:
            files = [TOP / "LICENSE"]
        for path in files:
            text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip()
            texts.setdefault(text, []).append(f"{package['name']} {package['version']}")
    parts = ["What is inside, and under which licence:\n"]
    parts += [f"{package['name']} {package['version']}: {package['license'] or 'see below'}" for package in packages]
    for text, owners in sorted(texts.items(), key=lambda item: item[1]):
        parts.append(f"\n{'=' * 78}\n{', '.join(sorted(set(owners)))}\n\n{text}")
    return "\n".join(parts).encode() + b"\n"


def sbom(packages, target, program):
    """CycloneDX, without time and chance."""
    lock = tomllib.loads((TOP / "Cargo.lock").read_text(encoding="utf-8"))["package"]
    checksums = {(package["name"], package["version"]): package.get("checksum") for package in lock}
    components = []
    for package in packages:
        name, version = package["name"], package["version"]
        component = {
            "type": "library",
            "bom-ref": f"pkg:cargo/{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:cargo/{name}@{version}",
        }
        if package["license"]:
            component["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
        if checksums.get((name, version)):
            component["hashes"] = [{"alg": "SHA-256", "content": checksums[name, version]}]
        components.append(component)
    digest = hashlib.sha256(program).hexdigest()
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'obn-ca/{VERSION}/{target}/{digest}')}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": "obn-ca",
                "version": VERSION,
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
        },
        "components": components,
    }
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"


def tar_gz(files, links=()):
    """Files are (name, bytes, is a program)."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, filename="", mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, content, is_program in files:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mtime, entry.mode = len(content), EPOCH, 0o755 if is_program else 0o644
                tar.addfile(entry, io.BytesIO(content))
            for name, to in links:
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname, entry.mtime, entry.mode = tarfile.SYMTYPE, to, EPOCH, 0o777
                tar.addfile(entry)
    return out.getvalue()


def zip_of(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for name, content, is_program in files:
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.create_system, entry.compress_type = 3, zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if is_program else 0o100644) << 16
            packed.writestr(entry, content)
    return out.getvalue()


def archive(target, program, papers):
    name = f"obn-ca-{VERSION}-{target}"
    texts = [(f"{name}/{path}", (TOP / path).read_bytes(), False) for path in ["README.md", "README.ja.md", "LICENSE"]]
    texts += [(f"{name}/{path}", content, False) for path, content in papers]
    if target.endswith("-windows"):
        # A zip has no links that Windows would take.
        programs = [(f"{name}/{program_name}.exe", program, True) for program_name in NAMES]
        return f"{name}.zip", zip_of(programs + texts)
    links = [(f"{name}/{other}", NAMES[0]) for other in NAMES[1:]]
    return f"{name}.tar.gz", tar_gz([(f"{name}/{NAMES[0]}", program, True)] + texts, links)


def sources(folder):
    """The files of a package's folder, with their paths in it."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    return [(path.relative_to(folder).as_posix(), path.read_bytes().replace(b"\r\n", b"\n")) for path in paths]


def wheel(target, program, papers):
    tag = TARGETS[target]["wheel"]
    info = f"obn_ca-{VERSION}.dist-info"
    suffix = ".exe" if target.endswith("-windows") else ""
    scripts = {"obn-ca": "simulator", "obn": "client", "obn-conformance": "harness"}
    entry_points = "[console_scripts]\n" + "".join(f"{name} = obn_ca._run:{run}\n" for name, run in scripts.items())
    entry_points += "\n[pytest11]\nobn_ca = obn_ca.pytest_plugin\n"
    metadata = (
        f"Metadata-Version: 2.1\nName: obn-ca\nVersion: {VERSION}\nSummary: {SUMMARY}\nLicense: MIT\n"
        "Requires-Python: >=3.9\nClassifier: Framework :: Pytest\n"
        "Description-Content-Type: text/markdown\n\n"
    ).encode() + (PACKAGING / "python/README.md").read_bytes()
    about = f"Wheel-Version: 1.0\nGenerator: obn-ca\nRoot-Is-Purelib: false\n"
    about += "".join(f"Tag: py3-none-{platform}\n" for platform in tag.split("."))
    files = [(path, content, False) for path, content in sources(PACKAGING / "python") if path.startswith("obn_ca/")]
    files.append((f"obn_ca/bin/obn-ca{suffix}", program, True))
    files += [(f"{info}/{path}", content, False) for path, content in papers]
    files += [
        (f"{info}/LICENSE", (TOP / "LICENSE").read_bytes(), False),
        (f"{info}/METADATA", metadata, False),
        (f"{info}/WHEEL", about.encode(), False),
        (f"{info}/entry_points.txt", entry_points.encode(), False),
    ]
    digest = lambda content: base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    record = "".join(f"{path},sha256={digest(content)},{len(content)}\n" for path, content, _ in files)
    files.append((f"{info}/RECORD", (record + f"{info}/RECORD,,\n").encode(), False))
    return f"obn_ca-{VERSION}-py3-none-{tag}.whl", zip_of(files)


def npm_name(target):
    return "obn-ca-" + "-".join(TARGETS[target]["npm"])


def npm_of_platform(target, program, papers):
    system, processor = TARGETS[target]["npm"]
    suffix = ".exe" if system == "win32" else ""
    manifest = {
        "name": npm_name(target),
        "version": VERSION,
        "description": f"The programs of obn-ca for {system} {processor}",
        "license": "MIT",
        "os": [system],
        "cpu": [processor],
        "files": ["bin"],
    }
    files = [("package/package.json", json.dumps(manifest, indent=2).encode() + b"\n", False)]
    files.append((f"package/bin/obn-ca{suffix}", program, True))
    files += [(f"package/{path}", content, False) for path, content in papers]
    files.append(("package/LICENSE", (TOP / "LICENSE").read_bytes(), False))
    return f"{npm_name(target)}-{VERSION}.tgz", tar_gz(files)


def npm():
    """The package that people name; it takes the one of their platform with it."""
    files = []
    for path, content in sources(PACKAGING / "npm"):
        if path == "package.json":
            manifest = json.loads(content)
            manifest["version"] = VERSION
            manifest["optionalDependencies"] = {npm_name(target): VERSION for target in TARGETS}
            content = json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n"
        files.append((f"package/{path}", content, path.startswith("bin/")))
    files.append(("package/LICENSE", (TOP / "LICENSE").read_bytes(), False))
    return f"obn-ca-{VERSION}.tgz", tar_gz(files)


def main(out, *programs):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    made = [npm()]
    for word in programs:
        target, _, path = word.partition("=")
        if target not in TARGETS or not path:
            sys.exit(f"{word}: it is TARGET=PROGRAM, with one of {', '.join(TARGETS)}")
        program = pathlib.Path(path).read_bytes()
        packages = inside(TARGETS[target]["rust"])
        papers = [("LICENCES.txt", licences(packages)), ("sbom.cdx.json", sbom(packages, target, program))]
        made += [pack(target, program, papers) for pack in (archive, wheel, npm_of_platform)]
        made.append((f"obn-ca-{VERSION}-{target}.cdx.json", papers[1][1]))
    for name, content in made:
        (out / name).write_bytes(content)
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(made))
    (out / "SHA256SUMS").write_text(sums, encoding="ascii")
    for name, content in sorted(made):
        print(f"{len(content) / 1e6:6.1f} MB  {name}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
