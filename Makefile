# SPDX-License-Identifier: GPL-2.0
# Verbs only; each is done where it belongs. See docs/ and CONTRIBUTING.md.

KVER    ?= $(shell uname -r)
KDIR    ?= /lib/modules/$(KVER)/build
PREFIX  ?= /usr/local
DESTDIR ?=
version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

.PHONY: all module tool install uninstall dkms-install clean distclean \
	demo test unit fuzz check scenarios bench

all: module tool

module:
	tests/build-module $(KDIR) $(KVER)

tool:
	$(MAKE) -C userspace

install: all
	install -D -m 644 build/$(KVER)/ctsync.ko $(DESTDIR)/lib/modules/$(KVER)/updates/ctsync.ko
	install -D -m 755 build/ctsync $(DESTDIR)$(PREFIX)/sbin/ctsync
	install -D -m 644 docs/ctsync.8 $(DESTDIR)$(PREFIX)/share/man/man8/ctsync.8
	[ -n "$(DESTDIR)" ] || depmod $(KVER)

uninstall:
	rm -f $(DESTDIR)/lib/modules/$(KVER)/updates/ctsync.ko $(DESTDIR)$(PREFIX)/sbin/ctsync \
		$(DESTDIR)$(PREFIX)/share/man/man8/ctsync.8
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
