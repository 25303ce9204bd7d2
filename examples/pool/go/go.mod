module polyproc.dev/pool-worker

go 1.26.0

// The stubs are those of the other example.
replace polyproc.dev/go => ../../wordcount/go

require (
	google.golang.org/grpc v1.85.0
	google.golang.org/protobuf v1.36.12
	polyproc.dev/go v0.0.0
)

require (
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/text v0.44.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20261110000943-09e21b237f2c // indirect
)
