# bascule: GNU make, one file, no recursion into folders. `make help` lists the targets.

MODE  ?= release
BUILD ?= build/$(MODE)
ifeq ($(origin CC),default)
CC := gcc
endif
AR         ?= ar
PKG_CONFIG ?= pkg-config
PREFIX     ?= /usr/local
DESTDIR    ?=
WERROR     ?= -Werror
JOBS       ?= $(shell nproc 2>/dev/null || echo 2)

.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all
MAKEFLAGS += --no-print-directory --no-builtin-rules

ifeq ($(V),1)
Q   :=
say :=
else
Q   := @
say  = @printf '  %-5s %s\n' '$(1)' '$(2)';
endif

# ---- Flags -----------------------------------------------------------------------------------

MODES := debug release asan tsan
ifeq ($(filter $(MODE),$(MODES)),)
$(error MODE is '$(MODE)', but must be one of: $(MODES))
endif

FLAGS_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
FLAGS_debug   := -Og -g
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
                 -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
LINK_FLAGS_release := -Wl,-z,relro,-z,now

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wformat=2 -Wundef -Wvla -Wcast-qual -Wwrite-strings \
            -Wswitch-enum -Wimplicit-fallthrough -fno-common $(WERROR)

# Silent where pkg-config or a library is missing: `make deps` must work on a bare machine.
PACKAGES     := libcurl yaml-0.1 jansson libmicrohttpd libcrypto libnftables
PACKAGE_CFLAGS := $(shell { $(PKG_CONFIG) --cflags $(PACKAGES); } 2>/dev/null)
# libwslay has no .pc file.
PACKAGE_LIBS   := $(shell { $(PKG_CONFIG) --libs $(PACKAGES) && echo -lwslay -lm; } 2>/dev/null)
CMOCKA_CFLAGS  := $(shell { $(PKG_CONFIG) --cflags cmocka; } 2>/dev/null)
CMOCKA_LIBS    := $(shell { $(PKG_CONFIG) --libs cmocka; } 2>/dev/null)

ifeq ($(PACKAGE_LIBS),)
ifeq ($(filter-out all install,$(or $(MAKECMDGOALS),all)),)
$(warning libraries or pkg-config are missing; 'make deps' installs them)
endif
endif

LANGUAGE  := -std=c17 -D_GNU_SOURCE -Iharness -I. -I$(BUILD)
ALL_CFLAGS = $(LANGUAGE) $(WARNINGS) $(FLAGS_$(MODE)) $(PACKAGE_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(FLAGS_$(MODE)) $(LINK_FLAGS_$(MODE)) -Wl,--as-needed $(LDFLAGS)

# ---- Rooms: one static archive each ----------------------------------------------------------

SOURCES_base     := $(wildcard harness/base/*.c)
SOURCES_scenario := $(wildcard harness/scenario/*.c)
SOURCES_core     := $(wildcard harness/core/*.c harness/core/client/*.c harness/core/stream/*.c)
# Both ends of the execution log are one file, which lives with the stub.
SOURCES_world    := $(wildcard harness/world/*.c backends-stub/execution_log.c)
# The simulated stub decides as the real one does, and so does the simulated proxy; faults become
# orders and signals, and what is taken back is not told, by the same rules.
SOURCES_sim      := $(wildcard harness/world/sim/*.c harness/world/inject*.c harness/world/occurrences.c \
                      backends-stub/behaviour.c backends-stub/api_routes.c backends-stub/stream.c \
                      harness/proxy/shaper.c harness/proxy/bucket.c)
SOURCES_report   := $(wildcard harness/report/*.c)
SOURCES_cli      := $(wildcard harness/cli/*.c) \
                    $(filter-out harness/main.c harness/helper.c,$(wildcard harness/*.c))
# The stub shares the names of faults with the scenario, and WebSockets with the client. Both helper
# programs begin alike.
SOURCES_stub     := $(filter-out backends-stub/main.c,$(wildcard backends-stub/*.c)) \
                    $(wildcard harness/helper.c harness/scenario/names.c harness/scenario/encoding.c \
                      harness/world/websocket_*.c)
# The proxy shares the loop with the world.
SOURCES_proxy    := $(filter-out harness/proxy/main.c,$(wildcard harness/proxy/*.c)) \
                    $(wildcard harness/helper.c harness/world/loop.c)

ROOMS    := cli report world sim core scenario base stub proxy
PROGRAMS := $(BUILD)/bascule $(BUILD)/bascule-stub $(BUILD)/bascule-proxy

objects_of  = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
archives_of = $(patsubst %,$(BUILD)/lib%.a,$(1))

# What a room's tests link: the room and the rooms below it, so that a broken room breaks only
# the tests of those above. A test folder that is not named here links everything.
UNIT_LINK_base     := base
UNIT_LINK_scenario := scenario base
UNIT_LINK_core     := core scenario base
UNIT_LINK_client   := core scenario base
UNIT_LINK_stream   := core scenario base
UNIT_LINK_report   := report core scenario base
UNIT_LINK_world    := world core scenario base
UNIT_LINK_sim      := cli report world sim core scenario base
UNIT_LINK_stub     := stub base
UNIT_LINK_proxy    := proxy base
# Sources of other folders that are linked to a folder's tests.
UNIT_BESIDE_search := $(filter-out %/search.c,$(wildcard tests/sim/search/*.c))
unit_link = $(or $(UNIT_LINK_$(1)),cli report world sim core scenario base)

UNIT_ROOMS   := $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard tests/unit/*/*.c)))))
UNIT_SOURCES := $(wildcard tests/unit/*/*.c)
UNIT_TESTS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*/test_*.c))

# tests/fuzz/fuzz_NAME.c is a target of libFuzzer, and with replay.c a test of its corpus.
FUZZ_NAMES   := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TESTS   := $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/%)

SEARCH_SOURCES := $(wildcard tests/sim/search/*.c)

ALL_SOURCES := $(sort $(foreach room,$(ROOMS),$(SOURCES_$(room))) \
                      $(wildcard harness/main.c backends-stub/main.c harness/proxy/main.c) \
                      $(UNIT_SOURCES) $(SEARCH_SOURCES) $(wildcard tests/fuzz/*.c))
ALL_OBJECTS := $(call objects_of,$(ALL_SOURCES))

.PHONY: all FORCE
all: $(PROGRAMS)

$(BUILD)/bascule: $(call objects_of,harness/main.c) \
                  $(call archives_of,cli report world sim core scenario base)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(filter %.a,$^) \
	    -Wl,--end-group $(PACKAGE_LIBS)

$(BUILD)/bascule-stub: $(call objects_of,backends-stub/main.c) $(call archives_of,stub base)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) -o $@ $< $(filter %.a,$^) $(PACKAGE_LIBS)

$(BUILD)/bascule-proxy: $(call objects_of,harness/proxy/main.c) $(call archives_of,proxy base)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) -o $@ $< $(filter %.a,$^)

# Stamp files change only when their text does. $(1): the command that prints the text.
write_if_changed = mkdir -p $(@D) && { $(1); } >$@.new && \
                   if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi

# The list makes an archive follow a removed source file.
define room_rules
$(BUILD)/lib$(1).list: FORCE
	@$$(call write_if_changed,printf '%s\n' $(SOURCES_$(1)))
$(BUILD)/lib$(1).a: $(call objects_of,$(SOURCES_$(1))) $(BUILD)/lib$(1).list
	$$(call say,AR,$$@)rm -f $$@ && $(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach room,$(ROOMS),$(eval $(call room_rules,$(room))))

# Another compiler or other flags in the same folder rebuild everything.
$(BUILD)/flags: FORCE
	@$(call write_if_changed,printf '%s\n' '$(CC) $(ALL_CFLAGS) | $(ALL_LDFLAGS)')

$(BUILD)/obj/%.o: %.c Makefile $(BUILD)/flags | $(BUILD)/version.h
	$(call say,CC,$<)mkdir -p $(@D) && \
	    $(CC) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/tests/%.o: EXTRA_CFLAGS = -Itests $(CMOCKA_CFLAGS)

$(BUILD)/version.h: VERSION FORCE
	@$(call write_if_changed,tools/version VERSION)

SCHEMAS := $(patsubst %,schemas/%.schema.json,scenario report journal comparison history)
$(call objects_of,harness/cli/schema_document.c): $(SCHEMAS)
$(call objects_of,harness/report/html_assets.c): $(wildcard harness/report/html.css harness/report/html.js)

-include $(ALL_OBJECTS:.o=.d)

# ---- Tests -----------------------------------------------------------------------------------

# Sources beside the tests that are not tests themselves are linked to every test of the folder.
define unit_rules
UNIT_TESTS_$(1) := $(filter $(BUILD)/tests/$(1)/%,$(UNIT_TESTS))
UNIT_HELPERS_$(1) := $(call objects_of,$(filter-out tests/unit/$(1)/test_%,\
                         $(wildcard tests/unit/$(1)/*.c)) $(UNIT_BESIDE_$(1)))
$$(UNIT_TESTS_$(1)): $(BUILD)/tests/$(1)/%: $(BUILD)/obj/tests/unit/$(1)/%.o \
                     $$(UNIT_HELPERS_$(1)) $(call archives_of,$(call unit_link,$(1)))
	$$(call say,LINK,$$@)mkdir -p $$(@D) && $$(CC) $$(ALL_LDFLAGS) -o $$@ $$(filter %.o,$$^) \
	    -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(PACKAGE_LIBS) $$(CMOCKA_LIBS)
.PHONY: unit-$(1)
unit-$(1): $$(UNIT_TESTS_$(1))
	$$(Q)for program in $$^; do BUILD='$(BUILD)' $$$$program || exit 1; done
endef
$(foreach room,$(UNIT_ROOMS),$(eval $(call unit_rules,$(room))))

FUZZ_ROOMS := world core scenario base

$(FUZZ_TESTS): $(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay.o \
               $(call archives_of,$(FUZZ_ROOMS))
	$(call say,LINK,$@)mkdir -p $(@D) && $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
	    -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(PACKAGE_LIBS)

# With coverage as guide, from the corpus; what it finds beyond stays in the build's folder.
FUZZ_S     ?= 60
FUZZ_FLAGS := -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
.PHONY: fuzz $(FUZZ_NAMES:%=fuzz-%)
fuzz: $(FUZZ_NAMES:%=fuzz-%)

$(FUZZ_NAMES:%=fuzz-%): fuzz-%: $(BUILD)/version.h
	$(Q)mkdir -p $(BUILD)/fuzz/$*.found
	$(call say,FUZZ,$*)clang $(LANGUAGE) -Itests $(FUZZ_FLAGS) $(PACKAGE_CFLAGS) -o $(BUILD)/fuzz/$* \
	    tests/fuzz/fuzz_$*.c $(SOURCES_base) $(SOURCES_scenario) harness/core/journal.c \
	    $(wildcard harness/world/exec_line.c harness/world/http_client_message.c) \
	    $(wildcard harness/core/stream/*.c harness/world/websocket_[fk]*.c) $(PACKAGE_LIBS)
	$(Q)$(BUILD)/fuzz/$* -max_total_time=$(FUZZ_S) -max_len=4096 -print_final_stats=1 \
	    -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/$*.found tests/fuzz/corpus/$*

# Random scenarios in virtual time, and what must hold in all of them.
$(BUILD)/search: $(call objects_of,$(SEARCH_SOURCES)) \
                 $(call archives_of,cli report world sim core scenario base)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group \
	    $(filter %.a,$^) -Wl,--end-group $(PACKAGE_LIBS)

SEEDS ?= 100000
# The tests that plant bugs compile and link by themselves.
PLANTING = BUILD='$(BUILD)' MODE='$(MODE)' CC='$(CC)' JOBS='$(JOBS)' PLANT_CFLAGS='$(ALL_CFLAGS)' \
           PLANT_LDFLAGS='$(ALL_LDFLAGS)' PLANT_LIBS='$(PACKAGE_LIBS)'

.PHONY: search policy-mutants planted-bug mutants
search: $(BUILD)/search
	$(Q)$(BUILD)/search --seeds $(SEEDS) --jobs $(JOBS)

policy-mutants: $(BUILD)/search
	$(Q)$(PLANTING) tests/sim/mutants

mutants: all
	$(Q)BUILD='$(BUILD)' tests/mutants/run $(MUTANTS)

planted-bug: all
	$(Q)$(PLANTING) tests/sim/planted-bug

.PHONY: unit build-tests test run-tests gate run-gate asan check
unit: $(UNIT_ROOMS:%=unit-%)

build-tests: $(PROGRAMS) $(UNIT_TESTS) $(FUZZ_TESTS) $(BUILD)/search

parallel = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

# A second make, which reads pkg-config again after the packages came.
test: deps
	$(Q)$(MAKE) $(parallel) run-tests

run-tests: build-tests
	$(Q)$(PLANTING) tests/run-all $(UNIT_TESTS) $(FUZZ_TESTS)

gate: deps
	$(Q)$(MAKE) $(parallel) run-gate

run-gate: all
	$(Q)$(BUILD)/bascule run -j 4 -o reports $(RUN_FLAGS) scenarios/gate scenarios/findings scenarios/canary; \
	    status=$$?; echo "reports: $(CURDIR)/reports"; exit $$status

.PHONY: goldens
goldens: all
	$(Q)BUILD='$(BUILD)' tests/sim/goldens --write

.PHONY: pictures
pictures: all
	$(Q)BUILD='$(BUILD)' tests/browser/run --pictures '$(BUILD)/pictures' $(PAGES)
	@echo "pictures: $(BUILD)/pictures"

.PHONY: bench
bench: all
	$(Q)BUILD='$(BUILD)' tests/bench/run

# A folder given by the caller gets a subfolder, so that the two kinds of objects do not mix.
ASAN_BUILD = $(if $(filter command environment,$(firstword $(origin BUILD))),$(BUILD)/asan,build/asan)

.PHONY: build-asan
build-asan: deps
	$(Q)$(MAKE) $(parallel) MODE=asan build-tests BUILD='$(ASAN_BUILD)'

asan: deps
	$(Q)$(MAKE) $(parallel) MODE=asan run-tests BUILD='$(ASAN_BUILD)'

check: deps
	$(Q)for target in fmt-check tidy layers shellcheck test asan; do \
	    echo "== $$target"; $(MAKE) $$target || exit 1; done

# ---- Rules of the house ----------------------------------------------------------------------

C_FILES = $(sort $(filter %.c %.h,$(call files_below,harness backends-stub tests)))
SHELL_SCRIPTS = $(shell grep -lsE '^\#!.*\b(ba)?sh$$' .ci/* clients/*/* tests/* tests/browser/* tests/sim/* tests/tools/* tools/* docs/ci/* scenarios/*/*/*)
BATS_FILES    = $(wildcard tests/bats/*.bats tests/bats/*.bash)

.PHONY: layers fmt fmt-check tidy shellcheck
layers: $(BUILD)/version.h
	$(Q)CC='$(CC)' FLAGS='$(LANGUAGE) $(WARNINGS) $(PACKAGE_CFLAGS) $(CMOCKA_CFLAGS)' \
	    BUILD='$(BUILD)' tools/layers

fmt:
	$(Q)clang-format -i $(C_FILES)

fmt-check: deps
	$(Q)clang-format --dry-run -Werror $(C_FILES)

TIDY_FILES ?= $(filter %.c,$(C_FILES))
tidy: $(BUILD)/version.h
	$(Q)printf '%s\n' $(TIDY_FILES) | xargs -P$(JOBS) -n1 tools/tidy \
	    $(LANGUAGE) -Itests $(PACKAGE_CFLAGS) $(CMOCKA_CFLAGS)

shellcheck: deps
	$(Q)shellcheck -x $(SHELL_SCRIPTS)
	$(Q)shellcheck -s bash completions/bascule.bash
	$(Q)$(if $(BATS_FILES),shellcheck -x $(BATS_FILES))

# ---- Installation ----------------------------------------------------------------------------

BIN_DIR   = $(DESTDIR)$(PREFIX)/bin
SHARE_DIR = $(DESTDIR)$(PREFIX)/share/bascule
DOC_DIR   = $(DESTDIR)$(PREFIX)/share/doc/bascule
MAN_DIR   = $(DESTDIR)$(PREFIX)/share/man
COMPLETION = $(DESTDIR)$(PREFIX)/share/bash-completion/completions/bascule

# Nothing, not everything, where none of the folders exists.
files_below = $(if $(wildcard $(1)),$(shell find $(wildcard $(1)) -type f))

# Adapters without what npm installed into them.
CLIENT_FILES = $(shell find clients -name node_modules -prune -o -name __pycache__ -prune -o -type f -print)

MAN_PAGES = $(wildcard docs/man/*.[1-9])
# With what the documents show of other folders.
DOC_FILES = $(filter-out docs/man/%,$(call files_below,README.md docs reports/example)) \
            tests/tools/junit.xsd tests/bench/chaos.yaml tests/soak.d/switches.yaml
# docs/man/NAME.5 is man5/NAME.5 below the folder of manuals.
man_path  = man$(subst .,,$(suffix $(1)))/$(notdir $(1))

.PHONY: install uninstall dist deb deb-test clean deps build-deps help
# bascule looks for bascule-stub and bascule-proxy beside itself.
install: all
	$(Q)install -d '$(BIN_DIR)' '$(SHARE_DIR)/schemas' '$(DOC_DIR)'
	$(Q)install -m 755 $(PROGRAMS) '$(BIN_DIR)'
	$(Q)install -m 644 $(SCHEMAS) '$(SHARE_DIR)/schemas'
	$(Q)for file in $(call files_below,scenarios) $(CLIENT_FILES); do \
	    mode=644; [ ! -x "$$file" ] || mode=755; \
	    install -D -m $$mode "$$file" '$(SHARE_DIR)'/"$$file" || exit 1; done
	$(Q)for file in $(DOC_FILES); do \
	    install -D -m 644 "$$file" '$(DOC_DIR)'/"$$file" || exit 1; done
	$(Q)ln -sfn ../../bascule/scenarios ../../bascule/clients '$(DOC_DIR)'
	$(Q)$(foreach page,$(MAN_PAGES),install -D -m 644 $(page) '$(MAN_DIR)/$(call man_path,$(page))' &&) :
	$(Q)install -D -m 644 completions/bascule.bash '$(COMPLETION)'

uninstall:
	$(Q)rm -f $(patsubst $(BUILD)/%,'$(BIN_DIR)/%',$(PROGRAMS)) '$(COMPLETION)' \
	    $(foreach page,$(MAN_PAGES),'$(MAN_DIR)/$(call man_path,$(page))')
	$(Q)rm -rf '$(SHARE_DIR)' '$(DOC_DIR)'

dist:
	$(Q)BUILD='$(BUILD)' tools/dist

deb: all
	$(Q)BUILD='$(BUILD)' tools/deb

deb-test: deb
	$(Q)tests/tools/clean-system '$(BUILD)'/bascule_"$$(cat VERSION)_$$(dpkg --print-architecture)".deb

clean:
	$(Q)rm -rf $(if $(filter file,$(origin BUILD)),build,'$(BUILD)')

deps:
	$(Q)tools/deps --check || tools/deps

build-deps:
	$(Q)tools/deps --build --check || tools/deps --build

help:
	@sed -n 's/^#: \{0,1\}//p' Makefile

#: make                build bascule, bascule-stub and bascule-proxy into $(BUILD), by default build/$(MODE)
#: make test           install what is missing, build, run all tests; ends with "N passed, N failed"
#: make gate           install what is missing, build, run the gate scenarios; reports in reports/
#: make search         random scenarios in virtual time against the client's invariants; SEEDS=100000
#: make policy-mutants bugs planted into the client, each of which that search must find;
#:                     planted-bug: one of them on its whole way to a scenario that fails for real
#: make mutants        bugs planted into a client that is a program, each of which the gate must
#:                     catch; the sound one must pass (MUTANTS='--write': docs/mutants.md too)
#: make fuzz           the parsers of streams and of clients' lines under libFuzzer; FUZZ_S=60 seconds each
#: make goldens        write the simulated traces of the shipped scenarios anew (tests/golden)
#: make pictures       reports of every kind as a browser shows them, in $(BUILD)/pictures; PAGES='minute told'
#:                     limits it
#: make bench          proxy beside HAProxy, speed of simulation, the gate at once, exec clients, the
#:                     cost of isolation; $(BUILD)/bench.jsonl
#: make check          fmt-check, tidy, layers, shellcheck, test and asan
#: make asan           the tests once more with address and undefined-behaviour sanitizers
#: make unit           the unit tests of all rooms; unit-base unit-scenario unit-core unit-client
#:                     unit-report unit-stub unit-proxy unit-world unit-sim: those of one room, built alone
#: make layers         each header compiles alone; the pure rooms call nothing they should not
#: make fmt fmt-check  clang-format, in place or only looking
#: make tidy           clang-tidy; TIDY_FILES='a.c b.c' limits it
#: make shellcheck     shellcheck over the scripts and the Bats files
#: make install        DESTDIR and PREFIX as usual (PREFIX is /usr/local); make uninstall
#: make dist deb       $(BUILD)/bascule-VERSION.tar.gz of what git knows; a Debian package beside it
#: make deb-test       the package in a clean Debian made for it: installed, used, purged (part of make test)
#: make deps           install the missing Debian packages, or print the command that does; build-deps: only
#:                     those that make all, install and deb need
#: make clean          remove build/
#:
#: MODE=debug|release|asan|tsan   BUILD=folder   CC=gcc|clang   V=1 (show commands)   JOBS=n
