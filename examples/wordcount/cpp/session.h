// A session of the daemon, from plain generated stubs: commands that count once.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <grpcpp/grpcpp.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "polyproc/v1/session.grpc.pb.h"

namespace pb = polyproc::v1;

// How a call failed, in a sentence.
struct Failure : std::runtime_error {
  explicit Failure(const grpc::Status& status)
      : std::runtime_error(status.error_message()), reason(Reason(status)) {}

  // The ErrorReason of a failed call, such as "CLOSED"; empty when it is not the daemon's.
  static std::string Reason(const grpc::Status& status) {
    google::rpc::Status all;
    all.ParseFromString(status.error_details());
    google::rpc::ErrorInfo info;
    for (const auto& detail : all.details()) {
      if (detail.UnpackTo(&info)) return info.reason();
    }
    return "";
  }

  std::string reason;
};

// The session of this process. One thread uses it, so every earlier reply has arrived.
class Session {
 public:
  using Clock = std::chrono::system_clock;

  explicit Session(const std::string& client) {
    pb::SessionOpenRequest request;
    request.set_client(client);
    request.mutable_process()->set_pid(getpid());
    request.set_process_credential(Environment("POLYPROC_PROCESS_CREDENTIAL"));
    auto opened = Send(*stub_, &pb::SessionService::Stub::Open, request, 0, Clock::time_point::max());
    session_ = opened.session();
    time_to_live = std::chrono::seconds(opened.time_to_live().seconds()) +
                   std::chrono::nanoseconds(opened.time_to_live().nanos());
  }

  // Sends a command, and sends it again under the same sequence when its answer was lost.
  //
  // It is given up at its deadline, and when the daemon cannot be reached. Then it is taken back: what
  // it may have been granted, an item or a lock, nobody would ever see.
  template <class Stub, class Request, class Reply>
  Reply Call(Stub& stub,
             grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
             const Request& request, Clock::time_point deadline = Clock::time_point::max()) {
    TakeBack();
    given_up_ = ++sequence_;  // Until it is answered, whatever ends it.
    try {
      Reply reply = Repeat(stub, method, request, sequence_, deadline);
      given_up_ = 0;
      return reply;
    } catch (const Failure& failure) {
      if (!failure.reason.empty()) {
        given_up_ = 0;
      } else {
        try {
          TakeBack(Clock::now() + std::chrono::seconds(1));
        } catch (const Failure&) {
          // Then before the next command: that is the first to confirm past it.
        }
      }
      throw;
    }
  }

  // Ends the session, and with it everything it holds.
  void Close() {
    try {
      Call(*stub_, &pb::SessionService::Stub::End, pb::SessionEndRequest());
    } catch (const Failure& failure) {
      if (failure.reason != "SESSION_NOT_FOUND") throw;  // It ended before; its answer may be lost.
    }
  }

  static std::string Environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
  }

 private:
  static std::shared_ptr<grpc::Channel> Connect() {
    std::string address = Environment("POLYPROC_ADDRESS");
    if (address.empty()) {
      throw std::runtime_error(
          "Expected the daemon's address in POLYPROC_ADDRESS, but it is not set");
    }
    // To the daemon itself and not to a proxy; back soon after an outage; no call hangs when the
    // network is silent; a value of any size is taken.
    grpc::ChannelArguments options;
    options.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    options.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    options.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
    options.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
    options.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
    options.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    options.SetMaxReceiveMessageSize(-1);
    return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), options);
  }

  static std::string Token() {
    std::ifstream file(Environment("POLYPROC_TOKEN_FILE"));
    std::string token;
    file >> token;
    return token;
  }

  void TakeBack(Clock::time_point deadline = Clock::time_point::max()) {
    if (given_up_ == 0) return;
    pb::SessionCancelRequest cancel;
    cancel.set_sequence(given_up_);
    cancel.set_undo(true);
    Repeat(*stub_, &pb::SessionService::Stub::Cancel, cancel, 0, deadline);
    given_up_ = 0;
  }

  template <class Stub, class Request, class Reply>
  Reply Repeat(Stub& stub,
               grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
               const Request& request, uint64_t sequence, Clock::time_point deadline) {
    for (auto give_up = Clock::now() + time_to_live;;) {
      try {
        return Send(stub, method, request, sequence, deadline);
      } catch (const Broken&) {
        if (Clock::now() > give_up || Clock::now() > deadline) throw;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    }
  }

  // The connection broke, and the daemon said nothing.
  struct Broken : Failure {
    using Failure::Failure;
  };

  template <class Stub, class Request, class Reply>
  Reply Send(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
             const Request& request, uint64_t sequence, Clock::time_point deadline) {
    grpc::ClientContext context;
    if (deadline != Clock::time_point::max()) context.set_deadline(deadline);
    if (!token_.empty()) context.AddMetadata("authorization", "Bearer " + token_);
    if (!session_.empty()) context.AddMetadata("polyproc-session", session_);
    if (sequence != 0) {
      context.AddMetadata("polyproc-sequence", std::to_string(sequence));
      context.AddMetadata("polyproc-received-below", std::to_string(sequence));
    }
    Reply reply;
    grpc::Status status = (stub.*method)(&context, request, &reply);
    if (status.ok()) return reply;
    bool broken = status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                  status.error_code() == grpc::StatusCode::UNKNOWN ||
                  status.error_code() == grpc::StatusCode::INTERNAL;
    if (broken && Failure::Reason(status).empty()) throw Broken(status);
    throw Failure(status);
  }

 public:
  const std::shared_ptr<grpc::Channel> channel = Connect();
  std::chrono::nanoseconds time_to_live{0};

 private:
  const std::unique_ptr<pb::SessionService::Stub> stub_ = pb::SessionService::NewStub(channel);
  const std::string token_ = Token();
  std::string session_;
  uint64_t sequence_ = 0;
  uint64_t given_up_ = 0;  // The command that has no answer; 0 for none.
};
