// The module of the Go package and of its programs.

module example.org/libytx/go

go 1.24
