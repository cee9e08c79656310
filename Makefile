# Builds and installs libytx as C programs expect a library. It needs cargo, a C compiler and binutils.
#
#   make                        builds the library and lays it out under target/install
#   make manual                 the manual alone, in target/manual: html, and man for man -M; needs
#                               doxygen and Python, but no cargo
#   make install                copies all of it below PREFIX; needs no cargo after make
#   make deb                    Debian packages in target/debian; needs debhelper
#   make tools                  builds the command ytx alone, an administrator's first tool
#   make install-tools          copies it below PREFIX, with its man page and bash's completion
#   make deb-tools              a Debian package of it in target/debian-tools; needs debhelper
#   make sandbox                builds ytx-sandbox alone, the local double of the platform
#   make install-sandbox        copies it below PREFIX, with its man page and a systemd unit
#   make deb-sandbox            a Debian package of it in target/debian-sandbox; needs debhelper
#   make release                copies the header for tests/releases, as part of releasing
#   make GLIBC=2.31             for that glibc and later ones; fetches ziglang of PyPI
#   make install GLIBC=2.31     copies that
#
# For another machine, by zig or MinGW; docs/en/install.md says what each needs:
#
#   make MACHINE=linux-aarch64  or linux-x86_64, linux-x86_64-musl, windows-x86_64
#   make tarball MACHINE=...    what unpacks as a prefix, in target/dist; a zip for Windows
#   make rpm MACHINE=...        RPMs in target/dist; needs rpmbuild
#   make wheel MACHINE=...      a Python wheel with the library, in target/wheel
#   make nuget                  the NuGet package with the libraries of all machines, in target/dist
#   make dist                   all of these for all machines, an SBOM and SHA256SUMS in target/dist

PREFIX = /usr/local
LIBDIR = $(PREFIX)/lib
DESTDIR =

version := $(shell sed -n '/^version = / { s/.*"\(.*\)"/\1/p; q }' Cargo.toml)
# Only a new major version breaks the ABI.
soname = libytx.so.$(firstword $(subst ., ,$(version)))

# What each machine is called by Rust, by zig, by wheels and by NuGet, and how its binutils begin.
machines = linux-x86_64 linux-aarch64 linux-x86_64-musl windows-x86_64
rust_linux-x86_64 = x86_64-unknown-linux-gnu
rust_linux-aarch64 = aarch64-unknown-linux-gnu
rust_linux-x86_64-musl = x86_64-unknown-linux-musl
rust_windows-x86_64 = x86_64-pc-windows-gnu
zig_linux-x86_64 = x86_64-linux-gnu.2.17
zig_linux-aarch64 = aarch64-linux-gnu.2.17
zig_linux-x86_64-musl = x86_64-linux-musl
wheel_linux-x86_64 = manylinux2014_x86_64
wheel_linux-aarch64 = manylinux2014_aarch64
wheel_linux-x86_64-musl = musllinux_1_2_x86_64
wheel_windows-x86_64 = win_amd64
nuget_linux-x86_64 = linux-x64
nuget_linux-aarch64 = linux-arm64
nuget_linux-x86_64-musl = linux-musl-x64
nuget_windows-x86_64 = win-x64
binutils_linux-aarch64 = aarch64-linux-gnu-
binutils_windows-x86_64 = x86_64-w64-mingw32-

# Cargo would not notice another machine or GLIBC, so each has a target directory. Nor is it Cargo's
# own: the library there has no SONAME.
ifdef MACHINE
ifeq ($(filter $(MACHINE),$(machines)),)
$(error MACHINE is one of $(machines))
endif
target = target/$(MACHINE)
stage = $(target)/install
triple = $(rust_$(MACHINE))
built = $(target)/$(triple)/release
zig_target := $(zig_$(MACHINE))
else ifdef GLIBC
# Without GLIBC the library is for the glibc of this machine.
target = target/glibc-$(GLIBC)
stage = $(target)/install
built = $(target)/release
zig_target := $(shell uname -m)-linux-gnu.$(GLIBC)
else
target = target/make
stage = target/install
built = $(target)/release
endif
binutils = $(binutils_$(MACHINE))

# Python's tools, of fixed versions: with another zig the bytes of the library are others.
tools = target/tools
with_tools = test -x $(tools)/bin/auditwheel || { python3 -m venv $(tools) && \
	$(tools)/bin/pip install --quiet ziglang==0.17.1 setuptools==84.2.1 auditwheel==6.8.2; }

# The debug symbols go to a file of their own; functions and lines, no variables. Back traces go by
# the unwind tables, which the library has anyway, so that its code needs no frame pointers.
#
# Two builds give the same bytes wherever they are made: no file is named by its place here.
sources = $(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src
settings = CARGO_TARGET_DIR=$(target) CARGO_PROFILE_RELEASE_DEBUG=limited CARGO_PROFILE_RELEASE_STRIP=none
rustflags = $(RUSTFLAGS) --remap-path-prefix=$(CURDIR)=/usr/src/libytx-$(version) \
	--remap-path-prefix=$(sources)=/usr/src/crates
cflags = -ffile-prefix-map=$(CURDIR)=/usr/src/libytx-$(version) -ffile-prefix-map=$(sources)=/usr/src/crates

# Link-time arguments, for this crate alone. MinGW's linker would write the time into the library.
linking = -C link-arg=-Wl,-soname,$(soname) -C link-arg=-Wl,--build-id=sha1
ifdef zig_target
settings += ZIG_TARGET=$(zig_target)
linker = $(CURDIR)/.packaging/zig-cc
endif
ifeq ($(MACHINE),linux-x86_64-musl)
# Rust takes for granted that programs for musl are static. A library for Alpine is not.
rustflags += -C target-feature=-crt-static -C link-self-contained=no
else ifeq ($(MACHINE),windows-x86_64)
linker = x86_64-w64-mingw32-gcc-posix
linking = -C link-arg=-Wl,--no-insert-timestamp
endif

# By the compiler that is there, if it has the machine's std; else by Debian's, which has std's source
# and builds it.
ifdef MACHINE
name := $(subst -,_,$(triple))
NAME := $(shell echo $(name) | tr a-z A-Z)
settings += CARGO_TARGET_$(NAME)_LINKER=$(linker) CC_$(name)=$(linker) CFLAGS_$(name)="$(cflags)"
ifneq ($(wildcard $(shell rustc --print target-libdir --target $(triple))/libstd-*),)
cargo = cargo
for_machine = --target $(triple)
else
settings += RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc
cargo = /usr/bin/cargo
for_machine = --target $(triple) -Zbuild-std=std,panic_unwind
endif
else
cargo = cargo
settings += CFLAGS="$(CFLAGS) $(cflags)"
ifdef linker
settings += CARGO_TARGET_$$(rustc -vV | sed -n 's/^host: //p' | tr a-z- A-Z_)_LINKER=$(linker)
endif
endif

lib = $(DESTDIR)$(LIBDIR)
include = $(DESTDIR)$(PREFIX)/include
share = $(DESTDIR)$(PREFIX)/share
manual = target/manual
dist = target/dist

# What is installed finds the rest from where it lies itself, so it may be moved.
to_prefix = $(shell realpath -m --relative-to=$(LIBDIR) $(PREFIX))

.PHONY: all manual install deb tools install-tools deb-tools sandbox install-sandbox deb-sandbox rpm tarball wheel nuget sbom dist release
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
$(stage)/lib/libytx.a: Makefile .packaging/zig-cc Cargo.toml Cargo.lock build.rs $(shell find src include -type f)
ifdef zig_target
	$(with_tools)
endif
	env $(settings) RUSTFLAGS="$(rustflags)" $(cargo) rustc --release --locked --features capi \
		--crate-type cdylib,staticlib $(for_machine) -- $(linking) \
		--print native-static-libs=$(CURDIR)/$(target)/native-static-libs
	rm -rf $(stage)
	mkdir -p $(@D)
	cp $(target)/native-static-libs $(stage)
ifneq ($(MACHINE),windows-x86_64)
	$(binutils)objcopy --only-keep-debug $(built)/libytx.so $(@D)/$(soname).debug
	$(binutils)objcopy --strip-all --add-gnu-debuglink=$(@D)/$(soname).debug \
		$(built)/libytx.so $(@D)/libytx.so.$(version)
	ln -s libytx.so.$(version) $(@D)/$(soname)
	ln -s libytx.so.$(version) $(@D)/libytx.so
	$(binutils)ld -r --force-group-allocation -u ytx_version $(built)/libytx.a -o $(target)/ytx.o
	$(binutils)objcopy --wildcard --keep-global-symbol='ytx_*' --strip-unneeded --remove-section='.llvm*' \
		$(target)/ytx.o
	rm -f $@
	$(binutils)ar rcs $@ $(target)/ytx.o
else
	$(binutils)objcopy --only-keep-debug $(built)/ytx.dll $(@D)/ytx.dll.debug
	$(binutils)objcopy --strip-all --add-gnu-debuglink=$(@D)/ytx.dll.debug $(built)/ytx.dll $(@D)/ytx.dll
	$(binutils)dlltool -d .packaging/ytx.def -D ytx.dll -l $(@D)/libytx.dll.a
	llvm-dlltool -m i386:x86-64 -d .packaging/ytx.def -D ytx.dll -l $(@D)/ytx.lib
	$(binutils)objcopy --strip-debug --remove-section='.llvm*' $(built)/libytx.a $@
endif

manual: $(manual)/man/man3/libytx.3

$(manual)/man/man3/libytx.3: Makefile $(shell find include docs -type f)
	rm -rf $(manual)
	mkdir -p $(@D)
	VERSION=$$(sed -n 's/^#define YTX_VERSION "\(.*\)"/\1/p' include/ytx.h) doxygen docs/manual/Doxyfile
	sed -i '2s/<html /<html lang="en" /' $(manual)/html/*.html
	sed -i '2s/lang="en"/lang="zh-CN"/' $(manual)/html/zh*.html
	sed -i '1i @import url("../manual.css");' $(manual)/html/search/search.css
	python3 docs/manual/man.py $(manual)/xml $(@D)

# What the archive needs is the compiler's own word. -lgcc_s exists for shared linking only; the C
# compiler adds what it needs in its place.
ifneq ($(MACHINE),windows-x86_64)
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
	install -d $(share)/doc/libytx
	install -m 644 LICENSE LICENSE-APACHE .packaging/debian/copyright $(share)/doc/libytx
ifneq ($(with_manual),)
	install -d $(share)/man/man3
	install -m 644 $$(find $(manual)/man -type f) $(share)/man/man3
	cp -P $$(find $(manual)/man -type l) $(share)/man/man3
	rm -rf $(share)/doc/libytx/html
	cp -r $(manual)/html $(share)/doc/libytx
	chmod -R a+rX $(share)/doc/libytx/html
endif
else
# A DLL lies where programs do.
install: all
	install -d $(include) $(lib) $(DESTDIR)$(PREFIX)/bin $(share)/doc/libytx
	install -m 644 include/* $(include)
	install -m 644 $(stage)/lib/ytx.dll $(stage)/lib/ytx.dll.debug $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(stage)/lib/ytx.lib $(stage)/lib/libytx.dll.a $(stage)/lib/libytx.a .packaging/ytx.def $(lib)
	install -m 644 LICENSE LICENSE-APACHE .packaging/debian/copyright $(share)/doc/libytx
ifneq ($(with_manual),)
	rm -rf $(share)/doc/libytx/html
	cp -r $(manual)/html $(share)/doc/libytx
endif
endif

# The command has the library in it: it has to say what is wrong also where nothing else is installed.
# By -lgcc_s zig means an archive of its own.
bin = $(DESTDIR)$(PREFIX)/bin
command = $(target)/bin/ytx

tools: $(command)

$(command): Makefile $(stage)/lib/libytx.a $(wildcard examples/c/ytx/*)
	$(if $(filter windows-%,$(MACHINE)),$(error the command ytx is not for Windows))
	mkdir -p $(@D)
	ZIG_TARGET=$(zig_target) $(or $(linker),$(CC)) -std=c99 -O2 $(CFLAGS) $(cflags) -I$(CURDIR)/include -pthread \
		-s $(abspath $(filter %.c,$^) $(stage)/lib/libytx.a) \
		$$(sed '$(if $(zig_target),,s/-lgcc_s *//)' $(stage)/native-static-libs) -o $(abspath $@)

install-tools: tools
	install -d $(bin) $(share)/man/man1 $(share)/bash-completion/completions
	install -m 755 $(command) $(bin)
	sed 's|@version@|$(version)|' .packaging/tools/ytx.1.in > $(share)/man/man1/ytx.1
	install -m 644 .packaging/tools/ytx.bash $(share)/bash-completion/completions/ytx

# A program of its own, which the library needs for nothing.
sandbox = target/sandbox/release/ytx-sandbox

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

# Each packages what is built already: its rules run make again, to install.
deb: all
deb: rules = .packaging/debian
deb-tools: tools
deb-tools: rules = .packaging/tools/debian
deb-sandbox: sandbox
deb-sandbox: rules = .packaging/sandbox/debian

deb deb-tools deb-sandbox: packages = target/$(@:deb%=debian%)
deb deb-tools deb-sandbox:
	rm -rf $(packages)
	mkdir -p $(packages)/build
	cp -r $(rules) $(packages)/build
	cd $(packages)/build && dpkg-buildpackage --build=binary --no-sign

# The time of the last commit, for archives: with that of the build their bytes would differ.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
packed = --sort=name --mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 --numeric-owner --mode=go=rX,u=rwX
name_of_it = libytx-$(version)-$(MACHINE)

# Where the command ytx can be had, it goes along with the library.
with_command = $(if $(filter windows-%,$(MACHINE)),,install-tools)

tarball: all
	$(if $(MACHINE),,$(error tarball needs MACHINE))
	rm -rf $(target)/tarball
	$(MAKE) install $(with_command) PREFIX=/$(name_of_it) LIBDIR=/$(name_of_it)/lib DESTDIR=$(CURDIR)/$(target)/tarball
	mkdir -p $(dist)
ifneq ($(MACHINE),windows-x86_64)
	tar -C $(target)/tarball $(packed) -cf - $(name_of_it) | gzip -9n > $(dist)/$(name_of_it).tar.gz
else
	find $(target)/tarball -exec touch -h -d @$(SOURCE_DATE_EPOCH) {} +
	rm -f $(dist)/$(name_of_it).zip
	cd $(target)/tarball && find $(name_of_it) -type f | LC_ALL=C sort | \
		TZ=UTC zip -9 -X -q $(CURDIR)/$(dist)/$(name_of_it).zip -@
endif

# Of the machine that is named, else of x86-64 with glibc 2.17, from which on the Red Hat family goes.
rpm: MACHINE := $(or $(MACHINE),linux-x86_64)
rpm:
	$(MAKE) all tools MACHINE=$(MACHINE)
	rm -rf target/$(MACHINE)/rpm
	mkdir -p $(dist)
	rpmbuild -bb --quiet --target $(lastword $(subst -, ,$(MACHINE))) --define '_topdir $(CURDIR)/target/$(MACHINE)/rpm' \
		--define 'libytx $(CURDIR)' --define 'machine $(MACHINE)' --define 'soname $(soname)' \
		--define 'libytx_version $(version)' .packaging/libytx.spec
	cp target/$(MACHINE)/rpm/RPMS/*/*.rpm $(dist)

wheel = target/wheel

wheel: MACHINE := $(or $(MACHINE),linux-x86_64)
wheel:
	$(with_tools)
	$(MAKE) all MACHINE=$(MACHINE) with_manual=
	rm -rf $(wheel)/source $(wheel)/*$(wheel_$(MACHINE)).whl
	mkdir -p $(wheel)/source
	cp -r LICENSE LICENSE-APACHE $(addprefix examples/python/,pyproject.toml setup.py README.md) \
		$(wheel)/source
	cp .packaging/debian/copyright $(wheel)/source/LICENSES-OF-CRATES
	mkdir $(wheel)/source/ytx
	cp examples/python/ytx/*.py examples/python/ytx/py.typed $(wheel)/source/ytx
	cp $(foreach file,$(if $(filter windows-%,$(MACHINE)),ytx.dll,$(soname)),target/$(MACHINE)/install/lib/$(file)) \
		$(wheel)/source/ytx
	YTX_WHEEL_PLATFORM=$(wheel_$(MACHINE)) $(tools)/bin/pip wheel --quiet --no-deps \
		--no-build-isolation --wheel-dir $(wheel) $(wheel)/source

nuget:
	rm -rf target/nuget
	for machine in $(machines); do $(MAKE) all MACHINE=$$machine with_manual= || exit; done
	mkdir -p $(dist) $(foreach machine,$(machines),target/nuget/runtimes/$(nuget_$(machine))/native)
	$(foreach machine,$(filter linux-%,$(machines)),cp target/$(machine)/install/lib/$(soname) \
		target/nuget/runtimes/$(nuget_$(machine))/native;)
	cp target/windows-x86_64/install/lib/ytx.dll target/nuget/runtimes/win-x64/native
	dotnet pack examples/dotnet/Ytx -c Release -v quiet --artifacts-path target/nuget/artifacts -o $(dist) \
		-p:YtxRuntimes=$(CURDIR)/target/nuget/runtimes

# What each machine's library is made of, as CycloneDX has it. The tool writes one for every crate of the
# workspace beside its Cargo.toml, and names this folder in it.
sbom:
	mkdir -p $(dist)
	for machine in $(foreach machine,$(machines),$(machine):$(rust_$(machine))); do \
		cargo cyclonedx --quiet --format json --spec-version 1.5 --features capi --no-build-deps \
			--target $${machine#*:} --override-filename libytx-sbom && \
		sed 's|file://$(CURDIR)|file:///usr/src/libytx-$(version)|g' libytx-sbom.json \
			> $(dist)/libytx-$(version)-$${machine%:*}.cdx.json || exit; \
	done
	find . -name libytx-sbom.json -not -path './target/*' -delete

dist:
	rm -rf $(dist) $(wheel)
	for machine in $(machines); do \
		$(MAKE) tarball MACHINE=$$machine && $(MAKE) wheel MACHINE=$$machine || exit; \
	done
	$(MAKE) rpm MACHINE=linux-x86_64
	$(MAKE) rpm MACHINE=linux-aarch64
	$(MAKE) deb deb-tools
	$(MAKE) nuget
	$(MAKE) sbom
	cp target/debian/*.deb target/debian-tools/*.deb $(wheel)/*.whl $(dist)
	cd $(dist) && LC_ALL=C && export LC_ALL && sha256sum * > ../SHA256SUMS && mv ../SHA256SUMS .

release:
	mkdir -p tests/releases/$(version)/include
	cp include/ytx.h tests/releases/$(version)/include
	@echo "tests/releases/$(version) has the header of this release; commit it, then tag v$(version)."
