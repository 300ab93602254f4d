# SPDX-License-Identifier: GPL-2.0
# Verbs only; each is done where it belongs. See docs/ and CONTRIBUTING.md.

KVER    ?= $(shell uname -r)
KDIR    ?= /lib/modules/$(KVER)/build
PREFIX  ?= /usr/local
DESTDIR ?=
version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

.PHONY: all module tool install uninstall dkms-install clean distclean \
	demo test soak unit fuzz check scenarios bench

all: module tool

module:
	tests/build-module $(KDIR) $(KVER)

tool:
	$(MAKE) -C userspace

install: all
	install -D -m 644 build/$(KVER)/ctsync.ko $(DESTDIR)/lib/modules/$(KVER)/updates/ctsync.ko
	$(MAKE) -C userspace install PREFIX=$(abspath $(PREFIX)) DESTDIR=$(DESTDIR)
	[ -n "$(DESTDIR)" ] || depmod $(KVER)

uninstall:
	rm -f $(DESTDIR)/lib/modules/$(KVER)/updates/ctsync.ko
	$(MAKE) -C userspace uninstall PREFIX=$(abspath $(PREFIX)) DESTDIR=$(DESTDIR)
	[ -n "$(DESTDIR)" ] || depmod $(KVER)

dkms-install:
	install -d /usr/src/ctsync-$(version)
	cp -r Kbuild dkms.conf kernel uapi /usr/src/ctsync-$(version)/
	dkms install ctsync/$(version)

demo:
	tests/setup
	tests/demo

test:
	tests/setup
	tests/all

soak:
	tests/setup debug
	tests/soak $(ONLY)

unit:
	$(MAKE) -s -C tests/unit check

fuzz:
	$(MAKE) -s -C tests/fuzz check

check:
	tests/check/all

scenarios:
	tests/setup
	tests/build-all
	tests/scenarios/run $(if $(filter-out $(shell uname -r),$(KVER)),--kernel $(KVER)) $(ONLY)

bench:
	tests/setup bench
	tests/build-all
	bench/split $(if $(ONLY),--only $(ONLY))

clean:
	rm -rf build

distclean: clean
	tests/vm/kernels clean
