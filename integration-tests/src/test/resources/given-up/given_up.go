// Gives a command up that waits, and makes the next one, when it is told to.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"

	pb "polyproc.dev/go/polyproc/v1"
)

func main() {
	if err := run(context.Background(), os.Args[1], bufio.NewScanner(os.Stdin)); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, queue string, lines *bufio.Scanner) error {
	session, err := openSession(ctx, "given up")
	if err != nil {
		return err
	}
	queues := pb.NewQueueServiceClient(session)
	if _, err := queues.Create(ctx, &pb.QueueCreateRequest{Queue: queue}); err != nil {
		return err
	}
	fmt.Println("ready")
	lines.Scan()
	waiting, giveUp := context.WithCancel(ctx)
	go func() {
		lines.Scan()
		giveUp()
	}()
	if _, err := queues.Get(waiting, &pb.QueueGetRequest{Queue: queue}); err != nil {
		fmt.Println("given up")
	}
	lines.Scan()
	got, err := queues.Get(ctx, &pb.QueueGetRequest{Queue: queue})
	if err != nil {
		return err
	}
	fmt.Println("got", got.Item.GetInt())
	return session.close(ctx)
}
