package main

import (
	"context"
	"errors"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	pb "polyproc.dev/go/polyproc/v1"
)

// session is the session of this process: its connection sends every command so that it counts
// once. One goroutine uses it, so every earlier reply has arrived.
type session struct {
	*grpc.ClientConn
	metadata   []string
	sequence   uint64
	givenUp    uint64 // The command that ended without an answer; 0 for none.
	timeToLive time.Duration
}

var soon = backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, MaxDelay: time.Second}

func openSession(ctx context.Context, client string) (*session, error) {
	address := os.Getenv("POLYPROC_ADDRESS")
	if address == "" {
		return nil, errors.New("Expected the daemon's address in POLYPROC_ADDRESS, but it is not set")
	}
	s := &session{}
	if file := os.Getenv("POLYPROC_TOKEN_FILE"); file != "" {
		token, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		s.metadata = []string{"authorization", "Bearer " + strings.TrimSpace(string(token))}
	}
	var err error
	s.ClientConn, err = grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithUnaryInterceptor(s.intercept),
		// To the daemon itself and not to a proxy; back soon after an outage; no call hangs when the
		// network is silent; a value of any size is taken.
		grpc.WithNoProxy(),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: soon, MinConnectTimeout: 5 * time.Second}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)))
	if err != nil {
		return nil, err
	}
	opened, err := pb.NewSessionServiceClient(s).Open(ctx, &pb.SessionOpenRequest{
		Client:            client,
		Process:           &pb.ClientProcess{Pid: int64(os.Getpid())},
		ProcessCredential: os.Getenv("POLYPROC_PROCESS_CREDENTIAL"),
	})
	if err != nil {
		return nil, err
	}
	s.metadata = append(s.metadata, "polyproc-session", opened.Session)
	s.timeToLive = opened.TimeToLive.AsDuration()
	return s, nil
}

// intercept numbers a command, and sends it again under the same number when its answer was lost. One
// that is given up, for its context is done or the daemon cannot be reached, is taken back: what it may
// have been granted, an item or a lock, nobody would ever see.
func (s *session) intercept(ctx context.Context, method string, request, reply any,
	connection *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	ctx = metadata.AppendToOutgoingContext(ctx, s.metadata...)
	if method == pb.SessionService_Open_FullMethodName {
		return invoke(ctx, method, request, reply, connection, options...)
	}
	repeat := func(ctx context.Context, method string, request, reply any) error {
		for giveUp := time.Now().Add(s.timeToLive); ; time.Sleep(100 * time.Millisecond) {
			err := invoke(ctx, method, request, reply, connection, options...)
			if !isBroken(err) || time.Now().After(giveUp) {
				return err
			}
		}
	}
	takeBack := func(ctx context.Context) error {
		if s.givenUp == 0 {
			return nil
		}
		cancel := &pb.SessionCancelRequest{Sequence: s.givenUp, Undo: true}
		err := repeat(ctx, pb.SessionService_Cancel_FullMethodName, cancel, &pb.SessionCancelResponse{})
		if err == nil {
			s.givenUp = 0
		}
		return err
	}
	if err := takeBack(ctx); err != nil {
		return err
	}
	s.sequence++
	sequence := strconv.FormatUint(s.sequence, 10)
	err := repeat(metadata.AppendToOutgoingContext(ctx,
		"polyproc-sequence", sequence, "polyproc-received-below", sequence), method, request, reply)
	if err != nil && reason(err) == "" {
		s.givenUp = s.sequence
		soon, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer stop()
		_ = takeBack(soon) // Or before the next command: that is the first to confirm past it.
	}
	return err
}

// close ends the session, and with it everything it holds.
func (s *session) close(ctx context.Context) error {
	_, err := pb.NewSessionServiceClient(s).End(ctx, &pb.SessionEndRequest{})
	if err != nil && reason(err) != "SESSION_NOT_FOUND" { // It ended before; its answer may be lost.
		return err
	}
	return s.ClientConn.Close()
}

// isBroken tells whether the connection broke: the daemon's own statuses have a reason.
func isBroken(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.Unknown, codes.Internal:
		return reason(err) == ""
	}
	return false
}

// reason is the ErrorReason of a failed call, such as "CLOSED".
func reason(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.Reason
		}
	}
	return ""
}
