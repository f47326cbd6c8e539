# Everything a person types: `make` installs, builds and links ./master, ./slave, ./monitor and ./lab; `make help` lists the rest.
# `start` and what starts Prometheus or Grafana are one plain command each, so that make runs them without a shell and SIGTERM to
# make reaches them. They read variables of the command line, such as MASTER=host:port, from their environment, where make puts them.

MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := all
.PHONY: all help install node-is-there build start look-aside smart-grid web-replicas monitoring slave_preproc monitor_preproc board \
  pictures test chaos lint bench coverage clean

NODE_HELP := Lanyard needs Node.js 20.19 or newer, with npm: see https://nodejs.org/en/download
BENCHES   := $(sort $(wildcard bench/*.ts))

all: build            ## install, build and link ./master, ./slave, ./monitor and ./lab (the default)
	@echo 'Ready: ./master least-load on one machine, ./slave on the others; or make start for all of it on this one.'

help:                 ## list the targets
	@awk -F ':.*## ' '/^[a-z_-]+:.*## /{ printf "  make %-15s %s\n", $$1, $$2 }' Makefile

install: node-is-there node_modules/.installed  ## install the exact packages of package-lock.json

node-is-there:
	@command -v node >/dev/null || { echo '$(NODE_HELP)' >&2; echo 'There is no node on the PATH.' >&2; exit 1; }
	@node -e 'const [a,b]=process.versions.node.split(".").map(Number); process.exit(a>20||(a===20&&b>=19)?0:1)' \
	  || { echo '$(NODE_HELP)' >&2; echo "This is Node.js $$(node --version)." >&2; exit 1; }
	@command -v npm >/dev/null || { echo '$(NODE_HELP)' >&2; echo 'There is no npm on the PATH.' >&2; exit 1; }

# npm ci refuses a lock file without the optional packages of other platforms, which npm leaves out when its registry
# has not got them; npm install takes the versions of the same lock file and, with --no-save, leaves it alone. The mark is
# ours and made last: npm's own is there before the packages are, and npm believes it when an install was broken off.
node_modules/.installed: package-lock.json | node-is-there
	@echo 'Installing packages'
	@npm ci --include=dev --silent || { rm -rf node_modules; npm install --no-save --include=dev --loglevel=error; } \
	  || { echo 'The packages could not be installed: is the npm registry reachable? make tries again.' >&2; exit 1; }
	@touch $@

build: install        ## build dist/ and link the launchers, if anything changed
	@node scripts/build.mjs

start: build          ## a master and two slaves on loopback, in the foreground; Ctrl-C stops them
	@node scripts/start.mjs

look-aside: build     ## examples/look-aside: 10 servers, 100 clients, each policy, with leases and without; ARGS="--policy least-load"
	@node --import tsx examples/look-aside/look_aside.ts $(ARGS)

smart-grid: build     ## examples/smart-grid: a gateway, three substations, the rush hour; ARGS="--algorithm round-robin --keep"
	@node --import tsx examples/smart-grid/smart_grid.ts $(ARGS)

web-replicas: build   ## examples/web-replicas: 1000 requests, replicas that rise and fall; ARGS="--algorithm round-robin"
	@node --import tsx examples/web-replicas/web_replicas.ts $(ARGS)

monitoring: node-is-there  ## Prometheus that finds master and slaves: MASTER=host:port CLUSTER=name LISTEN=host:port TARGETS=url
	@node scripts/monitoring.mjs

slave_preproc: build  ## on a host with slaves: Prometheus for these only, for ./monitor --per-slave-datasource; ARGS="--interface lo"
	@node scripts/slave-preproc.mjs

monitor_preproc: node-is-there  ## Grafana in the foreground, if it is installed, and what comes next; LISTEN=host:port
	@node scripts/monitor-preproc.mjs

board: install        ## write deploy/grafana/dashboards/ anew from src/monitor/boards/
	@node --import tsx scripts/board.mjs

pictures: build       ## take the pictures in docs/images/ anew, in four minutes (needs Chromium)
	@node --import tsx test/support/pictures/take.ts

test: install         ## every check and suite; make test SUITES="unit lan" GREP=words for some of it
	@node --import tsx test/run.ts $(SUITES) $(if $(GREP),--grep "$(GREP)")

chaos: build          ## ten minutes of faults on a virtual LAN (needs root); DURATION=60s SEED=n REPORT=file make chaos
	@node --import tsx test/chaos/run.ts

lint: install         ## eslint, prettier, tsc, dependency-cruiser and knip
	@node --import tsx test/run.ts lint

bench: build          ## run bench/*.ts, one after the other
	@$(if $(BENCHES),,echo 'There is no benchmark in bench/ yet.')
	@set -e; for file in $(BENCHES); do echo "== $$file"; node --expose-gc --import tsx $$file; done

coverage: install     ## line coverage of the suites that run in one process
	@npm run --silent coverage

clean:                ## remove what make built (not node_modules)
	@rm -rf dist dist.next* coverage
	@for link in master slave monitor lab; do if [ -L $$link ]; then rm $$link; fi; done
