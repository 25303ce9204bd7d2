// A worker of a pool, from plain generated stubs: clients call its functions by name.
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/durationpb"
	pb "polyproc.dev/go/polyproc/v1"
)

var functions = map[string]func(arguments []*pb.Value) (*pb.Value, error){
	"square":   square,
	"upper":    upper,
	"language": func([]*pb.Value) (*pb.Value, error) { return text("go"), nil },
}

func square(arguments []*pb.Value) (*pb.Value, error) {
	if len(arguments) != 1 || !isInt(arguments[0]) {
		return nil, fmt.Errorf("Expected a whole number, but the arguments are %v", arguments)
	}
	number := arguments[0].GetInt()
	if number > math.MaxInt32 || number < -math.MaxInt32 {
		return nil, fmt.Errorf("Expected a number whose square has 64 bits, but it is %d", number)
	}
	return &pb.Value{Kind: &pb.Value_Int{Int: number * number}}, nil
}

func upper(arguments []*pb.Value) (*pb.Value, error) {
	if len(arguments) != 1 || !isText(arguments[0]) {
		return nil, fmt.Errorf("Expected a text, but the arguments are %v", arguments)
	}
	return text(strings.ToUpper(arguments[0].GetText())), nil
}

func main() {
	if err := work(); err != nil {
		log.Fatal(err)
	}
}

func work() error {
	var caller []string
	if file := os.Getenv("POLYPROC_TOKEN_FILE"); file != "" {
		token, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		caller = []string{"authorization", "Bearer " + strings.TrimSpace(string(token))}
	}
	ask := func(ctx context.Context, method string, request, reply any, channel *grpc.ClientConn,
		invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
		ctx, stop := context.WithTimeout(metadata.AppendToOutgoingContext(ctx, caller...), 30*time.Second)
		defer stop()
		return invoke(ctx, method, request, reply, channel, options...)
	}
	channel, err := grpc.NewClient(os.Getenv("POLYPROC_ADDRESS"),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUnaryInterceptor(ask),
		// To the daemon itself and not to a proxy; a value of any size is taken.
		grpc.WithNoProxy(), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)))
	if err != nil {
		return err
	}
	ctx := context.Background()
	sessions, pools := pb.NewSessionServiceClient(channel), pb.NewPoolServiceClient(channel)
	opened, err := sessions.Open(ctx, &pb.SessionOpenRequest{
		Client:            fmt.Sprintf("go-%d", os.Getpid()),
		TimeToLive:        durationpb.New(time.Minute),
		Process:           &pb.ClientProcess{Pid: int64(os.Getpid())},
		ProcessCredential: os.Getenv("POLYPROC_PROCESS_CREDENTIAL"),
	})
	if err != nil {
		return err
	}
	caller = append(caller, "polyproc-session", opened.Session)

	// Every call keeps the session alive, so none waits for longer than the session lives.
	take := &pb.PoolTakeRequest{Pool: os.Getenv("POLYPROC_POOL"), Timeout: durationpb.New(20 * time.Second)}
	for {
		taken, err := pools.Take(ctx, take)
		if err != nil {
			return err
		}
		if taken.Retire {
			break
		}
		take.Completions = nil
		for _, run := range taken.Runs {
			value, failure := call(run.Call.GetFunction(), run.Call.GetPayload().GetList().GetValues())
			take.Completions = append(take.Completions,
				&pb.PoolCompletion{Run: run.Run, Value: value, Failure: failure})
		}
	}
	_, err = sessions.End(ctx, &pb.SessionEndRequest{})
	return err
}

// call tells what came of a call: what it returned, or how it failed.
func call(name string, arguments []*pb.Value) (*pb.Value, *pb.PoolFailure) {
	if name == "polyproc.chunk" && len(arguments) > 0 {
		return chunk(arguments[0].GetText(), arguments[1:]), nil
	}
	function, known := functions[name]
	if !known {
		return nil, &pb.PoolFailure{Type: "unknown function",
			Message: fmt.Sprintf("Expected square, upper or language, but it is %q", name)}
	}
	value, err := function(arguments)
	if err != nil {
		return nil, &pb.PoolFailure{Type: fmt.Sprintf("%T", err), Message: err.Error()}
	}
	return value, nil
}

// chunk tells what came of several calls as one task, which is how clients send many short ones.
func chunk(name string, calls []*pb.Value) *pb.Value {
	settled := &pb.ValueList{}
	for _, one := range calls {
		value, failure := call(name, one.GetList().GetValues())
		parts := []*pb.Value{value}
		if failure != nil {
			null := &pb.Value{Kind: &pb.Value_Null{Null: &pb.Null{}}}
			parts = []*pb.Value{null, text(failure.Type), text(failure.Message), text(failure.Stack)}
		}
		settled.Values = append(settled.Values, list(&pb.ValueList{Values: parts}))
	}
	return list(settled)
}

func isInt(value *pb.Value) bool { _, is := value.Kind.(*pb.Value_Int); return is }

func isText(value *pb.Value) bool { _, is := value.Kind.(*pb.Value_Text); return is }

func text(text string) *pb.Value { return &pb.Value{Kind: &pb.Value_Text{Text: text}} }

func list(list *pb.ValueList) *pb.Value { return &pb.Value{Kind: &pb.Value_List{List: list}} }
