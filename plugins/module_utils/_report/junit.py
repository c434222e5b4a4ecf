"""Runs as JUnit XML, which CI systems show."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

from .page import RunPage


def junit(pages: t.Iterable[RunPage]) -> str:
    """One test case for each run; it fails unless the run ended well."""
    known = list(pages)
    failed = [page for page in known if page.level != "good"]
    suite = ET.Element("testsuite", {"name": "aks.dataplane", "tests": str(len(known)), "failures": str(len(failed)), "errors": "0"})
    for page in known:
        seconds = sum(int(phase.seconds or 0) for phase in page.phases)
        names = {"classname": f"{page.resource_group}.{page.cluster}", "name": page.run_id, "time": str(seconds)}
        case = ET.SubElement(suite, "testcase", names)
        if page.level != "good":
            failure = ET.SubElement(case, "failure", {"type": page.verdict, "message": page.headline})
            failure.text = page.message
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"
