# Everything a contributor or CI runs. `make help` lists it.
SWIFT ?= swift
PREFIX ?= /usr/local
RELEASE = .build/release/kafkasim
# Optimised across modules; with Swift's own libraries linked in where the toolchain has them, which
# halves the start.
SWIFT_LIBRARIES = $(dir $(realpath $(shell command -v $(SWIFT))))../lib/swift_static/linux
RELEASE_FLAGS = -c release -Xswiftc -cross-module-optimization \
	$(if $(wildcard $(SWIFT_LIBRARIES)/libFoundation.a),--static-swift-stdlib)

.DEFAULT_GOAL := help
.PHONY: help run build release test test-release format lint imports determinism reports bench bench-quick install sqlite clean

help:
	@echo 'make run       build (release) and run scenarios/leader-kill.json'
	@echo 'make release   build .build/release/kafkasim'
	@echo 'make test      all tests, debug (test-release: in release)'
	@echo 'make lint      formatting, and words that have no place in simulated code'
	@echo 'make imports   the arrows between rooms'
	@echo 'make determinism  two processes, debug and release, and the committed digests'
	@echo 'make reports   regenerate reports/'
	@echo 'make bench     benchmarks, written to reports/benchmarks.md'
	@echo 'make bench-quick  events, digests and allocations against the committed budget'
	@echo 'make format    format the sources in place'
	@echo 'make clean     remove what was built'
	@echo 'make install   install kafkasim to PREFIX (default /usr/local)'

# The system's SQLite, with its headers; Debian and its kin.
sqlite:
	@test -e /usr/include/sqlite3.h || test "$$(uname)" = Darwin || sh Scripts/install-sqlite.sh

run: release
	$(RELEASE) run scenarios/leader-kill.json

build: sqlite
	$(SWIFT) build

release: sqlite
	$(SWIFT) build $(RELEASE_FLAGS) --product kafkasim

test: sqlite
	$(SWIFT) test

test-release: sqlite
	$(SWIFT) test -c release -Xswiftc -enable-testing

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Benchmarks/Package.swift \
		Benchmarks/Sources

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks/Package.swift \
		Benchmarks/Sources
	sh Scripts/check-rooms.sh

# Fails where a room uses another that the manifest does not name.
imports: sqlite
	$(SWIFT) build --explicit-target-dependency-import-check error

# Every bundled scenario in two processes, debug and release: equal bytes, and the committed digests.
determinism: build release
	sh Scripts/check-determinism.sh

# Regenerates the committed reports.
reports: release
	sh Scripts/make-reports.sh

bench: release
	cd Benchmarks && $(SWIFT) build $(RELEASE_FLAGS)
	cd Benchmarks && .build/release/Benchmarks --output ../reports/benchmarks.md \
		--swift "$$($(SWIFT) --version 2>/dev/null | head -n 1)"

# Counts that don't jitter, against those committed in Benchmarks/budget.json; never seconds.
bench-quick: sqlite
	cd Benchmarks && $(SWIFT) build $(RELEASE_FLAGS)
	cd Benchmarks && .build/release/Benchmarks --quick

install: release
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(RELEASE) $(DESTDIR)$(PREFIX)/bin/kafkasim

clean:
	rm -rf .build
