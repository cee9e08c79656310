module example.org/libytx/go

go 1.24
