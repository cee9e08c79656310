// The module of the Go peers; the package comes from the repository.

module peer

go 1.25

require example.org/libytx/go v0.0.0

replace example.org/libytx/go => ../../../examples/go
