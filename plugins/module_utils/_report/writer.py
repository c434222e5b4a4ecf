"""Pages of run records on disk: reads the records, and writes each page as a whole."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import typing as t

from .._common.errors import DataplaneError
from .._common.foreign_text import foreign
from .._common.json_text import read_json
from .._files.whole_file import write_whole
from .._record.history import newest_first
from .._record.run_record import RunRecord
from .fleet import fleet_page
from .html import fleet_in_html, run_in_html
from .junit import junit
from .markdown import excerpt, fleet_in_markdown, run_in_markdown
from .page import RunPage, run_page

# Bytes, as for records that are read for a run.
_LONGEST = 2**26


@dataclasses.dataclass(frozen=True)
class Written:
    """files: paths of what was written, or would be. markdown: of the one run, else of the fleet. excerpt: of that, where there is little room.
    pages: all runs, the last one first.

    skipped: path and reason of files that are no run records.
    """

    changed: bool
    files: tuple[str, ...]
    markdown: str
    excerpt: str
    pages: tuple[RunPage, ...]
    skipped: tuple[tuple[str, str], ...]


def write_report(sources: t.Sequence[str], dest: str | None, *, check_mode: bool = False) -> Written:
    """Pages of the records in C(sources), files or folders. DataplaneError with the code ReportNotPossible.

    dest: the folder of all pages; without it each page stands next to its record, and the page of the fleet in the folder that is the only source.
    """
    found, skipped = _read(sources)
    if not found:
        reasons = "".join(f" {path}: {reason}." for path, reason in skipped[:3])
        raise DataplaneError(
            f"There is no run record in {', '.join(sources)}.{reasons}",
            remedy="Give paths of run records, or the directory in aks_dataplane_record_dir.",
            code="ReportNotPossible",
        )
    pages = dict(found)
    contents: dict[str, str] = {}
    fleet_folder = dest or (sources[0] if len(sources) == 1 and os.path.isdir(sources[0]) else None)
    places = []
    for path, page in pages.items():
        stem = _stem(path, page, dest)
        contents[f"{stem}.html"], contents[f"{stem}.md"] = run_in_html(page), run_in_markdown(page)
        places.append((page, os.path.relpath(f"{stem}.html", fleet_folder) if fleet_folder else ""))
    fleet = fleet_page(places, skipped)
    index = os.path.join(fleet_folder, "index") if fleet_folder else ""
    if len(pages) > 1 or skipped:
        markdown, whole = fleet_in_markdown(fleet), f"{index}.md" if index else ""
    else:
        ((path, page),) = pages.items()
        markdown, whole = run_in_markdown(page), f"{_stem(path, page, dest)}.md"
    if fleet_folder:
        of_fleet = {f"{index}.html": fleet_in_html(fleet), f"{index}.md": fleet_in_markdown(fleet)}
        contents = {**of_fleet, os.path.join(fleet_folder, "junit.xml"): junit(pages.values()), **contents}
    changed = [path for path, content in contents.items() if _write(path, content, check_mode)]
    return Written(bool(changed), tuple(contents), markdown, excerpt(markdown, whole), tuple(pages.values()), skipped)


def _stem(path: str, page: RunPage, dest: str | None) -> str:
    if dest is None:
        return path.removesuffix(".json")
    name = f"{page.resource_group}.{page.cluster}.{page.run_id}".lower()
    return os.path.join(dest, "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)[:200])


def _read(sources: t.Sequence[str]) -> tuple[list[tuple[str, RunPage]], tuple[tuple[str, str], ...]]:
    records: dict[str, tuple[str, RunPage]] = {}
    known, skipped = [], []
    for path in dict.fromkeys(_files(sources)):
        try:
            with open(path, "rb") as file:
                content = file.read(_LONGEST)
            raw = read_json(content)
            record = RunRecord.from_dict(raw)
        except (OSError, ValueError) as exc:
            skipped.append((path, (exc.strerror if isinstance(exc, OSError) else "") or foreign(exc)))
            continue
        if record.run_id not in records:
            known.append(record)
            records[record.run_id] = (path, run_page(raw, path, hashlib.sha256(content).hexdigest()))
    return [records[record.run_id] for record in newest_first(known)], tuple(skipped)


def _files(sources: t.Sequence[str]) -> t.Iterator[str]:
    for source in sources:
        if not os.path.isdir(source):
            yield source
            continue
        for folder, folders, names in os.walk(source):
            folders.sort()
            yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(".json"))


def _write(path: str, content: str, check_mode: bool) -> bool:
    data = content.encode("utf-8", "replace")
    try:
        with open(path, "rb") as file:
            same = file.read(len(data) + 1) == data
    except OSError:
        same = False
    if same or check_mode:
        return not same
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        write_whole(path, data)
    except OSError as exc:
        raise DataplaneError(
            f"The report cannot be written to {path}: {exc.strerror or exc}.",
            remedy="Give a directory that the user who runs Ansible can write to.",
            code="ReportNotPossible",
        ) from exc
    return True
