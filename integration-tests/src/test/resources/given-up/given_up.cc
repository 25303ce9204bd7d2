// Gives a command up that waits, and makes the next one, when it is told to.

#include <iostream>
#include <thread>

#include "polyproc/v1/queue.grpc.pb.cc"
#include "polyproc/v1/session.grpc.pb.cc"
#include "session.h"

// The stub, with a call that is given up at the next line.
struct GivenUp {
  pb::QueueService::Stub& queues;

  grpc::Status Get(grpc::ClientContext* context, const pb::QueueGetRequest& get,
                   pb::QueueGetResponse* reply) {
    std::thread told([context] {
      std::string line;
      std::getline(std::cin, line);
      context->TryCancel();
    });
    grpc::Status status = queues.Get(context, get, reply);
    told.join();
    return status;
  }
};

int main(int, char** arguments) {
  std::string line;
  Session session("given up");
  auto queues = pb::QueueService::NewStub(session.channel);
  pb::QueueCreateRequest create;
  create.set_queue(arguments[1]);
  session.Call(*queues, &pb::QueueService::Stub::Create, create);
  std::cout << "ready" << std::endl;
  std::getline(std::cin, line);
  pb::QueueGetRequest get;
  get.set_queue(arguments[1]);
  GivenUp waiting{*queues};
  try {
    session.Call(waiting, &GivenUp::Get, get);
  } catch (const Failure& failure) {
    std::cout << "given up" << std::endl;
  }
  std::getline(std::cin, line);
  std::cout << "got " << session.Call(*queues, &pb::QueueService::Stub::Get, get).item().int_()
            << std::endl;
  session.Close();
}
