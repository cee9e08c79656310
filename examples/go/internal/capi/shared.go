//go:build !ytx_static

package capi

// #cgo pkg-config: ytx
import "C"
