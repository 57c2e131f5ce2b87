# Everything is done by the scripts in server/setup; these are their names.

.DEFAULT_GOAL := help
.PHONY: help run build test test-full test-v2 bench fmt lint clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## set up what is missing, build, and serve http://127.0.0.1:3000 with a demo organisation
	@server/setup/run.sh

build: ## build the server, the agent and the browser's part
	@server/setup/build.sh

test: ## everything that must hold before a change is taken
	@server/setup/test.sh

test-full: ## the same, what is long included, and every lab proven again
	@BELAY_TEST_FULL=1 server/setup/test.sh

test-v2: ## the box's tests on Debian 12 with cgroup v2 and AppArmor, in a guest under qemu; slow without KVM
	@server/setup/test-v2.sh

bench: ## how fast it is: starts, echo, throughput, many terminals, figures; a report with limits
	@server/setup/bench.sh

fmt: ## format the code
	@cargo fmt --all

lint: ## clippy, for the server and for the browser
	@server/setup/test.sh lint

clean: ## remove what was built; the data in .belay stays
	@rm -rf target app/node_modules
