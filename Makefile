# OpenWA for Swift. `make run` serves the playground, `make test` checks everything.

SWIFT ?= swift
PORT ?= 2785
# A thousand tests at once only wait for each other; newer toolchains can be told.
WIDTH = $(shell $(SWIFT) test --help-hidden | grep -o -m 1 -- --experimental-maximum-parallelization-width)

.PHONY: run test bench interop seed nightly format lint setup

run: setup ## serve the playground on port 2785: no phone and no internet needed
	$(SWIFT) build -c release --product openwa
	.build/release/openwa serve --playground --port $(PORT)

test: setup ## build everything and run the tests
	@Scripts/setup.sh ffmpeg=ffmpeg node=nodejs
	$(SWIFT) build --build-tests
	Scripts/check-protos.sh
	SWIFT=$(SWIFT) Scripts/run-tests.sh $(addsuffix =16,$(WIDTH))
	OPENWA=$(CURDIR)/.build/debug/openwa node --test sdk/javascript/test/*.test.js

bench: setup ## figures of this machine: memory per session, sends per second, start-up
	$(SWIFT) build -c release --product openwa
	.build/release/openwa bench

interop: setup ## other people's WhatsApp libraries against our simulator; OpenWA's own Python client and Socket.IO's against the gateway
	@Scripts/setup.sh python3=python3-venv
	$(SWIFT) build -c release --product openwa
	Scripts/interop/run.sh
	Scripts/official-sdk/run.sh
	Scripts/live/run.sh
	Scripts/webhooks/run.sh

seed: setup ## every example and error of the founding page, as printed, against a fresh playground
	@Scripts/setup.sh python3=python3 curl=curl node=nodejs tsc=node-typescript ffmpeg=ffmpeg
	$(SWIFT) build -c release --product openwa
	Scripts/seed/run.sh

nightly: setup ## the long tests: 1,000 seeded fault plans, 200 kills, a million mutated inputs each
	$(SWIFT) build --build-tests
	Scripts/nightly.sh

format: ## format all sources in place
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

lint: ## check the format without changing anything
	$(SWIFT) format lint --recursive --parallel Sources Tests Package.swift

setup:
	@Scripts/setup.sh
