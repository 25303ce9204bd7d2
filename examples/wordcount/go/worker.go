// A worker of the word count: takes chunks of text until there are no more.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"google.golang.org/protobuf/types/known/durationpb"
	pb "polyproc.dev/go/polyproc/v1"
)

const (
	chunks = "wordcount/chunks"
	counts = "wordcount/counts"
	start  = "wordcount/start"
)

func main() {
	if err := work(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func work(ctx context.Context) error {
	name := os.Getenv("POLYPROC_PROCESS")
	if name == "" {
		name = fmt.Sprintf("go-%d", os.Getpid())
	}
	session, err := openSession(ctx, name)
	if err != nil {
		return err
	}
	queues := pb.NewQueueServiceClient(session)
	dicts := pb.NewDictServiceClient(session)
	events := pb.NewEventServiceClient(session)

	// Every call keeps the session alive, so none may wait for longer than the session lives.
	patience := durationpb.New(session.timeToLive / 3)

	for set := false; !set; {
		reply, err := events.Wait(ctx, &pb.EventWaitRequest{Event: start, Timeout: patience})
		if err != nil {
			return err
		}
		set = reply.Set
	}

	for {
		chunk, err := queues.Get(ctx,
			&pb.QueueGetRequest{Queue: chunks, Timeout: patience, Reserve: true})
		if reason(err) == "CLOSED" {
			return session.close(ctx)
		}
		if err != nil {
			return err
		}
		if chunk.Item == nil {
			continue
		}

		// First the result, under the chunk's own key, then the acknowledgement: who dies in between
		// leaves the chunk to somebody else, who writes the same counts under the same key.
		var id, text *pb.Value
		for _, entry := range chunk.Item.GetMap().Entries {
			switch entry.Key.GetText() {
			case "chunk":
				id = entry.Value
			case "text":
				text = entry.Value
			}
		}
		result := mapping(map[string]*pb.Value{
			"worker":  {Kind: &pb.Value_Text{Text: name}},
			"attempt": number(int64(chunk.Attempt)),
			"words":   countWords(text.GetBytes()),
		})
		if _, err := dicts.Set(ctx, &pb.DictSetRequest{Dict: counts, Key: id, Value: result}); err != nil {
			return err
		}
		_, err = queues.Acknowledge(ctx,
			&pb.QueueAcknowledgeRequest{Queue: chunks, Reservation: chunk.Reservation})
		if err != nil && reason(err) != "RESERVATION_ENDED" { // Somebody else has it, and does it as well.
			return err
		}
	}
}

// countWords tells how often each word occurs: a word is the longest run of ASCII letters, in lower
// case.
func countWords(text []byte) *pb.Value {
	isNoLetter := func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }
	words := map[string]int64{}
	for _, word := range strings.FieldsFunc(string(text), isNoLetter) {
		words[strings.ToLower(word)]++
	}
	entries := map[string]*pb.Value{}
	for word, count := range words {
		entries[word] = number(count)
	}
	return mapping(entries)
}

func number(n int64) *pb.Value { return &pb.Value{Kind: &pb.Value_Int{Int: n}} }

// mapping is a map of texts to values.
func mapping(entries map[string]*pb.Value) *pb.Value {
	pairs := &pb.ValueMap{}
	for key, value := range entries {
		key := &pb.Value{Kind: &pb.Value_Text{Text: key}}
		pairs.Entries = append(pairs.Entries, &pb.ValueEntry{Key: key, Value: value})
	}
	return &pb.Value{Kind: &pb.Value_Map{Map: pairs}}
}
