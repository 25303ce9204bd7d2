// Squares the numbers of a queue, with bare stubs.
package main

import (
	"context"
	"fmt"
	"log"
	"strconv"

	"google.golang.org/protobuf/types/known/durationpb"
	pb "polyproc.dev/go/polyproc/v1"
)

func main() {
	if err := share(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func share(ctx context.Context) error {
	session, err := openSession(ctx, "share.go")
	if err != nil {
		return err
	}
	queues := pb.NewQueueServiceClient(session)
	dicts := pb.NewDictServiceClient(session)
	patience := durationpb.New(session.timeToLive / 3)
	for {
		number, err := queues.Get(ctx, &pb.QueueGetRequest{Queue: "work", Timeout: patience, Reserve: true})
		if reason(err) == "CLOSED" {
			return session.close(ctx)
		}
		if err != nil {
			return err
		}
		if number.Item == nil {
			continue
		}
		n := number.Item.GetInt()
		key := fmt.Sprintf("go/%d/%d", n, number.Attempt)
		_, err = dicts.Add(ctx, &pb.DictAddRequest{
			Dict: "attempts", Key: text(key), Amount: whole(1), Initial: whole(0)})
		if err != nil {
			return err
		}
		_, err = queues.Put(ctx, &pb.QueuePutRequest{
			Queue: "squares", Item: whole(n * n),
			Options: &pb.QueueItemOptions{UniqueKey: strconv.FormatInt(n, 10)}})
		if err != nil {
			return err
		}
		_, err = queues.Acknowledge(ctx,
			&pb.QueueAcknowledgeRequest{Queue: "work", Reservation: number.Reservation})
		if err != nil {
			return err
		}
	}
}

func whole(n int64) *pb.Value { return &pb.Value{Kind: &pb.Value_Int{Int: n}} }

func text(t string) *pb.Value { return &pb.Value{Kind: &pb.Value_Text{Text: t}} }
