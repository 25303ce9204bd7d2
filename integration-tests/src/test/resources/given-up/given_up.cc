// Gives a command up that waits, at its deadline, and makes the next one when it is told to.

#include <iostream>

#include "polyproc/v1/queue.grpc.pb.cc"
#include "polyproc/v1/session.grpc.pb.cc"
#include "session.h"

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
  try {
    session.Call(*queues, &pb::QueueService::Stub::Get, get,
                 Session::Clock::now() + std::chrono::seconds(3));
  } catch (const Failure& failure) {
    std::cout << "given up" << std::endl;
  }
  std::getline(std::cin, line);
  std::cout << "got " << session.Call(*queues, &pb::QueueService::Stub::Get, get).item().int_()
            << std::endl;
  session.Close();
}
