// A worker of the word count: takes chunks of text until there are no more.

#include <iostream>
#include <map>

#include "polyproc/v1/dict.grpc.pb.h"
#include "polyproc/v1/event.grpc.pb.h"
#include "polyproc/v1/queue.grpc.pb.h"
#include "session.h"

const char kChunks[] = "wordcount/chunks";
const char kCounts[] = "wordcount/counts";
const char kStart[] = "wordcount/start";

// Adds an entry to a map; answers where its value goes.
pb::Value* Add(pb::ValueMap* map, const std::string& key) {
  pb::ValueEntry* entry = map->add_entries();
  entry->mutable_key()->set_text(key);
  return entry->mutable_value();
}

// How often each word occurs: a word is the longest run of ASCII letters, in lower case.
void Count(const std::string& text, pb::ValueMap* words) {
  std::map<std::string, int64_t> counts;
  std::string word;
  for (char c : text + " ") {
    if (c >= 'A' && c <= 'Z') c = c - 'A' + 'a';
    if (c >= 'a' && c <= 'z') {
      word += c;
    } else if (!word.empty()) {
      counts[word]++;
      word.clear();
    }
  }
  for (const auto& [key, count] : counts) Add(words, key)->set_int_(count);
}

void Work() {
  std::string name = Session::Environment("POLYPROC_PROCESS");
  if (name.empty()) name = "cpp-" + std::to_string(getpid());
  Session session(name);
  auto queues = pb::QueueService::NewStub(session.channel);
  auto dicts = pb::DictService::NewStub(session.channel);
  auto events = pb::EventService::NewStub(session.channel);

  // Every call keeps the session alive, so none may wait for longer than the session lives.
  google::protobuf::Duration patience;
  patience.set_seconds(session.time_to_live.count() / 3 / 1'000'000'000);
  patience.set_nanos(session.time_to_live.count() / 3 % 1'000'000'000);

  pb::EventWaitRequest wait;
  wait.set_event(kStart);
  *wait.mutable_timeout() = patience;
  while (!session.Call(*events, &pb::EventService::Stub::Wait, wait).set()) {
  }

  pb::QueueGetRequest get;
  get.set_queue(kChunks);
  *get.mutable_timeout() = patience;
  get.set_reserve(true);
  for (;;) {
    pb::QueueGetResponse chunk;
    try {
      chunk = session.Call(*queues, &pb::QueueService::Stub::Get, get);
    } catch (const Failure& failure) {
      if (failure.reason == "CLOSED") break;
      throw;
    }
    if (!chunk.has_item()) continue;

    // First the result, under the chunk's own key, then the acknowledgement: who dies in between
    // leaves the chunk to somebody else, who writes the same counts under the same key.
    pb::DictSetRequest set;
    set.set_dict(kCounts);
    pb::ValueMap* result = set.mutable_value()->mutable_map();
    Add(result, "worker")->set_text(name);
    Add(result, "attempt")->set_int_(chunk.attempt());
    for (const auto& entry : chunk.item().map().entries()) {
      if (entry.key().text() == "chunk") *set.mutable_key() = entry.value();
      if (entry.key().text() == "text") {
        Count(entry.value().bytes(), Add(result, "words")->mutable_map());
      }
    }
    session.Call(*dicts, &pb::DictService::Stub::Set, set);

    pb::QueueAcknowledgeRequest done;
    done.set_queue(kChunks);
    done.set_reservation(chunk.reservation());
    try {
      session.Call(*queues, &pb::QueueService::Stub::Acknowledge, done);
    } catch (const Failure& failure) {
      if (failure.reason != "RESERVATION_ENDED") throw;  // Somebody else has it, and does it as well.
    }
  }
  session.Close();
}

int main() {
  try {
    Work();
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << "\n";
    return 1;
  }
}
