// Links the archive, with the build tag ytx_static.

//go:build ytx_static

package capi

// The archive comes before the shared library that pkg-config names, which is then not needed.

// #cgo pkg-config: --static ytx
// #cgo LDFLAGS: -l:libytx.a -Wl,--as-needed
import "C"
