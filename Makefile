# Builds and installs libytx as C programs expect a library. It needs cargo, a C compiler and binutils.
#
#   make                        builds the library and lays it out under target/install
#   make manual                 the manual alone, in target/manual: html, and man for man -M; needs
#                               doxygen and Python, but no cargo
#   make install                copies all of it below PREFIX; needs no cargo after make
#   make deb                    Debian packages in target/debian; needs debhelper
#   make sandbox                builds ytx-sandbox alone, the local double of the platform
#   make install-sandbox        copies it below PREFIX, with its man page and a systemd unit
#   make deb-sandbox            a Debian package of it in target/debian-sandbox; needs debhelper
#   make wheel                  a Python wheel with the library in target/wheel; fetches ziglang and
#                               setuptools of PyPI
#   make release                copies the header for tests/releases, as part of releasing
#   make GLIBC=2.31             for that glibc and later ones; needs ziglang of PyPI
#   make install GLIBC=2.31     copies that

PREFIX = /usr/local
LIBDIR = $(PREFIX)/lib
DESTDIR =

# Without GLIBC the library is for the glibc of this machine. Cargo would not notice another GLIBC,
# so each has a target directory. Nor is it Cargo's own: the library there has no SONAME.
#
# The debug symbols go to a file of their own; functions and lines, no variables. Back traces go by
# the unwind tables, which the library has anyway, so that its code needs no frame pointers.
symbols = CARGO_PROFILE_RELEASE_DEBUG=limited CARGO_PROFILE_RELEASE_STRIP=none
ifdef GLIBC
target = target/glibc-$(GLIBC)
stage = $(target)/install
linker = CARGO_TARGET_$$(rustc -vV | sed -n 's/^host: //p' | tr a-z- A-Z_)_LINKER
cargo = env $(symbols) CARGO_TARGET_DIR=$(target) $(linker)=$(CURDIR)/.packaging/zig-cc cargo
else
target = target/make
stage = target/install
cargo = env $(symbols) CARGO_TARGET_DIR=$(target) cargo
endif

version := $(shell sed -n '/^version = / { s/.*"\(.*\)"/\1/p; q }' Cargo.toml)
# Only a new major version breaks the ABI.
soname = libytx.so.$(firstword $(subst ., ,$(version)))

lib = $(DESTDIR)$(LIBDIR)
include = $(DESTDIR)$(PREFIX)/include
share = $(DESTDIR)$(PREFIX)/share
manual = target/manual

# What is installed finds the rest from where it lies itself, so it may be moved.
to_prefix = $(shell realpath -m --relative-to=$(LIBDIR) $(PREFIX))

.PHONY: all manual install deb sandbox install-sandbox deb-sandbox wheel release
.DELETE_ON_ERROR:

all: $(stage)/lib/libytx.a

# Without its tools the library is built and installed without its manual.
with_manual := $(shell command -v doxygen >/dev/null && command -v python3)
ifneq ($(with_manual),)
all: manual
else
$(info The manual is left out: it needs doxygen and python3.)
endif

# With both crate types for C Cargo optimizes both as a whole, with that for Rust it would neither.
# In the archive every symbol but ytx_* is made local: two Rust libraries in one program would
# clash otherwise. Section groups are dissolved, for the linker would still merge those of both by
# name, and a panic would crash. LLVM's bitcode is left out: another LLVM's plug-in fails on it.
$(stage)/lib/libytx.a: Makefile Cargo.toml Cargo.lock build.rs $(shell find src include -type f)
	$(cargo) rustc --release --locked --features capi --crate-type cdylib,staticlib -- \
		-C link-arg=-Wl,-soname,$(soname) -C link-arg=-Wl,--build-id \
		--remap-path-prefix $(CURDIR)=/usr/src/libytx-$(version) \
		--print native-static-libs=$(CURDIR)/$(target)/native-static-libs
	rm -rf $(stage)
	mkdir -p $(@D)
	cp $(target)/native-static-libs $(stage)
	objcopy --only-keep-debug $(target)/release/libytx.so $(@D)/$(soname).debug
	objcopy --strip-all --add-gnu-debuglink=$(@D)/$(soname).debug \
		$(target)/release/libytx.so $(@D)/libytx.so.$(version)
	ln -s libytx.so.$(version) $(@D)/$(soname)
	ln -s libytx.so.$(version) $(@D)/libytx.so
	ld -r --force-group-allocation -u ytx_version $(target)/release/libytx.a -o $(target)/ytx.o
	objcopy --wildcard --keep-global-symbol='ytx_*' --strip-unneeded --remove-section='.llvm*' \
		$(target)/ytx.o
	ar rcs $@ $(target)/ytx.o

manual: $(manual)/man/man3/libytx.3

$(manual)/man/man3/libytx.3: Makefile $(shell find include docs -type f)
	rm -rf $(manual)
	mkdir -p $(@D)
	VERSION=$$(sed -n 's/^#define YTX_VERSION "\(.*\)"/\1/p' include/ytx.h) doxygen docs/manual/Doxyfile
	python3 docs/manual/man.py $(manual)/xml $(@D)

# What the archive needs is the compiler's own word. -lgcc_s exists for shared linking only; the C
# compiler adds what it needs in its place.
install: all
	install -d $(include) $(lib)/pkgconfig $(lib)/cmake/ytx
	install -m 644 include/* $(include)
	install -m 644 $(stage)/lib/libytx.a $(stage)/lib/libytx.so.$(version) $(lib)
	cp -P $(stage)/lib/$(soname) $(stage)/lib/libytx.so $(lib)
	install -d $(lib)/.debug
	install -m 644 $(stage)/lib/$(soname).debug $(lib)/.debug
	libs=$$(sed 's/-lgcc_s *//' $(stage)/native-static-libs) && \
	fill() { \
		sed -e 's|@prefix@|$(to_prefix)|' -e 's|@version@|$(version)|' -e "s|@libs@|$$libs|" .packaging/$$1; \
	} && \
	fill ytx.pc.in > $(lib)/pkgconfig/ytx.pc && \
	libs=$$(echo "$$libs" | tr ' ' ';') && \
	fill ytx-config.cmake > $(lib)/cmake/ytx/ytx-config.cmake && \
	fill ytx-config-version.cmake > $(lib)/cmake/ytx/ytx-config-version.cmake
ifneq ($(with_manual),)
	install -d $(share)/man/man3 $(share)/doc/libytx
	install -m 644 $$(find $(manual)/man -type f) $(share)/man/man3
	cp -P $$(find $(manual)/man -type l) $(share)/man/man3
	rm -rf $(share)/doc/libytx/html
	cp -r $(manual)/html $(share)/doc/libytx
	chmod -R a+rX $(share)/doc/libytx/html
endif

deb: all
	rm -rf target/debian
	mkdir -p target/debian/build
	cp -r .packaging/debian target/debian/build
	sed 's|LICENSE-APACHE|/usr/share/common-licenses/Apache-2.0|' LICENSE \
		> target/debian/build/debian/copyright
	cd target/debian/build && dpkg-buildpackage --build=binary --no-sign

# A program of its own, which the library needs for nothing.
sandbox = target/sandbox/release/ytx-sandbox
bin = $(DESTDIR)$(PREFIX)/bin

sandbox: $(sandbox)

$(sandbox): Makefile Cargo.toml Cargo.lock $(shell find examples/sandbox -type f)
	CARGO_TARGET_DIR=target/sandbox cargo build --release --locked -p ytx-sandbox
	touch $@

install-sandbox: sandbox
	install -d $(bin) $(share)/man/man1 $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)/etc/default
	install -m 755 $(sandbox) $(bin)
	fill() { sed -e 's|@bindir@|$(PREFIX)/bin|' -e 's|@version@|$(version)|' .packaging/sandbox/$$1.in; } && \
	fill ytx-sandbox.1 > $(share)/man/man1/ytx-sandbox.1 && \
	fill ytx-sandbox.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/ytx-sandbox.service
	# What somebody has changed stays.
	test -e $(DESTDIR)/etc/default/ytx-sandbox || \
		install -m 644 .packaging/sandbox/ytx-sandbox.default $(DESTDIR)/etc/default/ytx-sandbox

deb-sandbox: sandbox
	rm -rf target/debian-sandbox
	mkdir -p target/debian-sandbox/build
	cp -r .packaging/sandbox/debian target/debian-sandbox/build
	sed 's|LICENSE-APACHE|/usr/share/common-licenses/Apache-2.0|' LICENSE \
		> target/debian-sandbox/build/debian/copyright
	cd target/debian-sandbox/build && dpkg-buildpackage --build=binary --no-sign

# The oldest glibc that a manylinux2014 system may have is 2.17.
wheel = target/wheel
wheel_tools = $(CURDIR)/$(wheel)/venv/bin

wheel:
	test -x $(wheel_tools)/pip || python3 -m venv $(wheel)/venv
	$(wheel_tools)/pip install --quiet ziglang 'setuptools>=77'
	PATH=$(wheel_tools):$$PATH $(MAKE) GLIBC=2.17 target/glibc-2.17/install/lib/libytx.a
	rm -rf $(wheel)/source $(wheel)/*.whl
	mkdir -p $(wheel)/source
	cp -r LICENSE LICENSE-APACHE $(addprefix examples/python/,pyproject.toml setup.py README.md) \
		$(wheel)/source
	mkdir $(wheel)/source/ytx
	cp examples/python/ytx/*.py examples/python/ytx/py.typed $(wheel)/source/ytx
	cp target/glibc-2.17/install/lib/$(soname) $(wheel)/source/ytx
	YTX_WHEEL_PLATFORM=manylinux2014_$$(uname -m) $(wheel_tools)/pip wheel --quiet --no-deps \
		--no-build-isolation --wheel-dir $(wheel) $(wheel)/source

release:
	mkdir -p tests/releases/$(version)/include
	cp include/ytx.h tests/releases/$(version)/include
	@echo "tests/releases/$(version) has the header of this release; commit it, then tag v$(version)."
