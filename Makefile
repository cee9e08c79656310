# Builds and installs libytx as C programs expect a library. It needs cargo, cargo-c and binutils.
#
#   make                        builds the library and lays it out under target/install
#   make manual                 the manual alone, in target/manual: html, and man for man -M; needs
#                               doxygen and Python, but no cargo
#   make install                copies all of it below PREFIX; needs no cargo after make
#   make deb                    Debian packages in target/debian; needs debhelper
#   make GLIBC=2.31             for that glibc and later ones; needs ziglang of PyPI
#   make install GLIBC=2.31     copies that
#
# Not left to `cargo cinstall` alone, whose archive exports Rust's own symbols, whose ytx.pc holds
# for one place only, and which knows no CMake.

PREFIX = /usr/local
LIBDIR = $(PREFIX)/lib
DESTDIR =

# Without GLIBC the library is for the glibc of this machine. Cargo would not notice another GLIBC,
# so each has a target directory.
ifdef GLIBC
target = target/glibc-$(GLIBC)
cargo = env CARGO_TARGET_DIR=$(target) $(linker)=$(CURDIR)/.packaging/zig-cc cargo
linker = CARGO_TARGET_$$(rustc -vV | sed -n 's/^host: //p' | tr a-z- A-Z_)_LINKER
else
target = target
cargo = cargo
endif

stage = $(target)/install
lib = $(DESTDIR)$(LIBDIR)
include = $(DESTDIR)$(PREFIX)/include
share = $(DESTDIR)$(PREFIX)/share
manual = target/manual

# What is installed finds the rest from where it lies itself, so it may be moved.
to_prefix = $(shell realpath -m --relative-to=$(LIBDIR) $(PREFIX))
# What ytx.pc says, as a CMake list.
from_pc = $$(sed -n 's/^$(1): //p' $(lib)/pkgconfig/ytx.pc | tr ' ' ';')

.PHONY: all manual install deb
.DELETE_ON_ERROR:

all: $(stage)/lib/libytx.a

# Without its tools the library is built and installed without its manual.
with_manual := $(shell command -v doxygen >/dev/null && command -v python3)
ifneq ($(with_manual),)
all: manual
else
$(info The manual is left out: it needs doxygen and python3.)
endif

# In the archive every symbol but ytx_* is made local: two Rust libraries in one program would
# clash otherwise. Section groups are dissolved, for the linker would still merge those of both by
# name, and a panic would crash. LLVM's bitcode is left out: another LLVM's plug-in fails on it.
$(stage)/lib/libytx.a: Makefile Cargo.toml Cargo.lock build.rs $(shell find src include -type f)
	rm -rf $(stage)
	$(cargo) cinstall --release --locked --prefix=/ --libdir=/lib --destdir=$(stage)
	ld -r --force-group-allocation -u ytx_version $@ -o $(stage)/ytx.o
	objcopy --wildcard --keep-global-symbol='ytx_*' --strip-unneeded --remove-section='.llvm*' \
		$(stage)/ytx.o
	rm $@
	ar rcs $@ $(stage)/ytx.o

manual: $(manual)/man/man3/libytx.3

$(manual)/man/man3/libytx.3: Makefile $(shell find include docs -type f)
	rm -rf $(manual)
	mkdir -p $(@D)
	VERSION=$$(sed -n 's/^#define YTX_VERSION "\(.*\)"/\1/p' include/ytx.h) doxygen docs/manual/Doxyfile
	python3 docs/manual/man.py $(manual)/xml $(@D)

# -lgcc_s exists for shared linking only; the C compiler adds what it needs in its place.
install: all
	install -d $(include) $(lib)/pkgconfig $(lib)/cmake/ytx
	install -m 644 include/* $(include)
	install -m 644 $(stage)/lib/libytx.a $(stage)/lib/libytx.so.*.*.* $(lib)
	cp -P $$(find $(stage)/lib -type l) $(lib)
	sed -e 's|^prefix=.*|prefix=$${pcfiledir}/../$(to_prefix)|' \
		-e 's|^libdir=.*|libdir=$${pcfiledir}/..|' \
		-e '/^Libs.private:/s| -lgcc_s||' \
		$(stage)/lib/pkgconfig/ytx.pc > $(lib)/pkgconfig/ytx.pc
	for file in ytx-config.cmake ytx-config-version.cmake; do \
		sed -e 's|@prefix@|$(to_prefix)|' \
			-e "s|@version@|$(call from_pc,Version)|" \
			-e "s|@libs@|$(call from_pc,Libs.private)|" \
			.packaging/$$file > $(lib)/cmake/ytx/$$file || exit; \
	done
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
