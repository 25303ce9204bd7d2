module polyproc.dev/go/memory

go 1.21
