// Links the shared library, as is usual.

//go:build !ytx_static

package capi

// #cgo pkg-config: ytx
import "C"
