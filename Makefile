# What a developer or a machine can ask for: make help
SHELL := /bin/bash
.DEFAULT_GOAL := help

export PATH := $(CURDIR)/.venv/bin:$(PATH):/usr/sbin:/sbin
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.venv/collections
# The Python that .venv is made with, when it is not found by itself.
export PYTHON

NOX := nox --no-error-on-missing-interpreters
# Two targets at the same time; one that fails leaves the other alone.
BESIDE = $(MAKE) --no-print-directory --jobs=2 --keep-going
# Ctrl-C ends the recipe, and not only the program that runs at the moment.
ENDS := trap 'exit 130' INT
# Of the tests on test nodes and on a real cluster.
MACHINES_LOG := .cache/machines.log

.PHONY: help setup playground cluster demo first-hour unit check test .style .sanity .tests .machines docs molecule container bench \
	bench-interruption chaos release-check clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## make .venv and install missing Debian packages (the other targets do it by themselves)
	@tools/setup.sh

playground: setup ## open a shell with simulated clusters, for the tutorial
	@python -m tests.playground

cluster: setup ## a real Kubernetes cluster behind a simulated Azure, until Ctrl-C (root needed): make cluster NODES=3 PORT=0
	@exec python -m tests.cluster $(if $(NODES),--nodes $(NODES)) $(if $(PORT),--port $(PORT))

demo: setup ## switch simulated clusters, one under traffic, and see one switch rolled back
	@python -m tests.demo

first-hour: setup ## the commands of README and tutorial, in fresh clones, with each shown output compared
	@python -m tests.first_hour

unit: setup ## the tests of decisions, in a minute
	@$(NOX) --session unit

check: setup ## the quick loop: all tests but the slow ones, then lint, types, sanity with the local ansible-core
	@status=0; \
	$(NOX) --session quick || status=1; \
	$(BESIDE) --output-sync=target .style .sanity || status=1; \
	exit $$status

test: setup ## everything: check, the slow tests, the test nodes, a real cluster, the documentation, the other versions of ansible-core
	@$(ENDS); status=0; \
	$(BESIDE) .tests .machines || status=1; \
	cat $(MACHINES_LOG); \
	exit $$status

.style .sanity:
	@$(NOX) --tags $(@:.%=%)

# make's own variables are not for the tests, some of which run make.
.tests:
	@$(ENDS); unset MAKELEVEL MAKEFLAGS MFLAGS; status=0; \
	$(NOX) --tags checks || status=1; \
	$(NOX) --tags cores || status=1; \
	$(NOX) --session unit integration browser || status=1; \
	exit $$status

# Nodes and a real cluster wait for half of their time, so that other tests run meanwhile. What they say is kept until these have ended.
.machines:
	@$(ENDS); unset MAKELEVEL MAKEFLAGS MFLAGS; status=0; mkdir -p $(dir $(MACHINES_LOG)); { \
	$(NOX) --tags nodes || status=1; \
	$(NOX) --session cluster || { status=1; \
	echo "The tests on a real Kubernetes cluster failed, or cannot run here, as said above. CLUSTER=off make test leaves them out."; }; \
	} >$(MACHINES_LOG) 2>&1; exit $$status

docs: setup ## build the documentation as HTML, and print where it is
	@python tools/docs.py

molecule: setup ## the scenarios on test nodes (root needed), or one: make molecule SCENARIO=monitor
	@$(NOX) --session molecule -- $(SCENARIO)

container: setup ## build the execution environment with podman, and run a switch in it (root needed; not part of test)
	@$(NOX) --session container

bench: setup ## measure what a run costs
	@set -e; for name in $(basename $(notdir $(wildcard tests/benchmarks/bench_*.py))); do python -m tests.benchmarks.$$name; done

bench-interruption: setup ## measure how long a change of the mode interrupts connections, on a real cluster (root needed)
	@python -m tests.benchmarks.interruption $(if $(REPEATS),--repeats $(REPEATS)) $(if $(SERVICES),--services $(SERVICES))

chaos: setup ## random switches with random trouble: make chaos RUNS=1000 SEED=1 (one alone: ONLY=number; with a planted bug: PLANT=name)
	@$(ENDS); status=0; \
	python -m tests.chaos $(if $(RUNS),--runs $(RUNS)) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(if $(PLANT),--plant $(PLANT)) || status=1; \
	$(if $(ONLY)$(PLANT)$(filter off,$(CLUSTER)),,python -m tests.chaos.on_cluster $(if $(SEED),--seed $(SEED)) || status=1;) \
	exit $$status

release-check: setup ## whether the collection can be released: tarball, galaxy-importer, what users get of it, changelog
	@status=0; \
	python -m tools.release_check || status=1; \
	python -m pytest -q --capture=no tests/integration/test_installed_collection.py || status=1; \
	exit $$status

clean: ## remove everything that the other targets made
	rm -rf .venv .cache .nox dist tests/output
