'use strict';
// A session of the daemon, from the contract alone: commands that count once.

const fs = require('fs');
const path = require('path');
const {setTimeout: sleep} = require('timers/promises');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const PROTO = path.join(__dirname, '../../../proto');
const definition = protoLoader.loadSync(
  ['session', 'queue', 'dict', 'event'].map((file) => `polyproc/v1/${file}.proto`)
    .concat('google/rpc/error_details.proto'),
  {
    includeDirs: [path.join(PROTO, 'src/main/proto'), path.join(PROTO, 'third_party')],
    keepCase: true,
    longs: String,
  });
const {polyproc} = grpc.loadPackageDefinition(definition);

/**
 * To the daemon itself and not to a proxy; back soon after an outage; no call hangs when the network is
 * silent; a value of any size is taken.
 */
const OPTIONS = {
  'grpc.enable_http_proxy': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.keepalive_time_ms': 10000,
  'grpc.keepalive_timeout_ms': 5000,
  'grpc.max_receive_message_length': -1,
};

class Session {
  /** Opens the session of this process. */
  static async open(client) {
    const session = new Session();
    const opened = await session.send('SessionService', 'Open', {
      client,
      process: {pid: process.pid},
      process_credential: process.env.POLYPROC_PROCESS_CREDENTIAL || '',
    });
    session.metadata.set('polyproc-session', opened.session);
    const {seconds = 0, nanos = 0} = opened.time_to_live;
    session.timeToLive = Number(seconds) + nanos / 1e9;
    return session;
  }

  constructor() {
    this.sequence = 0;
    this.givenUp = 0; // The command that ended without an answer; 0 for none.
    this.clients = new Map();
    this.metadata = new grpc.Metadata();
    if (!process.env.POLYPROC_ADDRESS) {
      throw new Error("Expected the daemon's address in POLYPROC_ADDRESS, but it is not set");
    }
    if (process.env.POLYPROC_TOKEN_FILE) {
      const token = fs.readFileSync(process.env.POLYPROC_TOKEN_FILE, 'ascii').trim();
      this.metadata.set('authorization', `Bearer ${token}`);
    }
  }

  /**
   * A service whose methods are promises: `await session.service('QueueService').Put({...})`, with
   * `{signal, deadline}` as second argument where the caller may give the call up.
   */
  service(name) {
    return new Proxy({}, {
      get: (_, method) => (request, options) => this.call(name, method, request, options),
    });
  }

  /**
   * Sends a command, and sends it again under the same sequence when its answer was lost.
   *
   * It is given up when its signal aborts it, at its deadline, and when the daemon cannot be reached.
   * Then it is taken back: what it may have been granted, an item or a lock, nobody would ever see.
   */
  async call(service, method, request, options) {
    await this.takeBack();
    // One call at a time, so every earlier reply has arrived.
    const sequence = ++this.sequence;
    const metadata = this.metadata.clone();
    metadata.set('polyproc-sequence', String(sequence));
    metadata.set('polyproc-received-below', String(sequence));
    try {
      return await this.repeat(service, method, request, metadata, options);
    } catch (error) {
      if (!reason(error)) {
        this.givenUp = sequence;
        // Or before the next command: that is the first to confirm past it.
        await this.takeBack({deadline: Date.now() + 1000}).catch(() => {});
      }
      throw error;
    }
  }

  async takeBack(options) {
    if (this.givenUp) {
      const cancel = {sequence: this.givenUp, undo: true};
      await this.repeat('SessionService', 'Cancel', cancel, this.metadata, options);
      this.givenUp = 0;
    }
  }

  async repeat(service, method, request, metadata, options) {
    for (const giveUp = Date.now() + 1000 * this.timeToLive; ;) {
      try {
        return await this.send(service, method, request, metadata, options);
      } catch (error) {
        if (!isBroken(error) || Date.now() > giveUp) throw error;
        await sleep(100);
      }
    }
  }

  send(service, method, request, metadata = this.metadata, {signal, deadline} = {}) {
    if (!this.clients.has(service)) {
      const address = process.env.POLYPROC_ADDRESS;
      this.clients.set(
        service, new polyproc.v1[service](address, grpc.credentials.createInsecure(), OPTIONS));
    }
    return new Promise((resolve, reject) => {
      const rpc = this.clients.get(service)[method](
        request, metadata, deadline ? {deadline} : {}, (error, reply) => {
          signal?.removeEventListener('abort', cancel);
          return error ? reject(error) : resolve(reply);
        });
      const cancel = () => rpc.cancel();
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted) cancel();
    });
  }

  /** Ends the session, and with it everything it holds. */
  async close() {
    try {
      await this.call('SessionService', 'End', {});
    } catch (error) {
      // It ended before; its answer may be lost.
      if (reason(error) !== 'SESSION_NOT_FOUND') throw error;
    }
    this.clients.forEach((client) => client.close());
  }
}

/** Seconds as a google.protobuf.Duration. */
function duration(seconds) {
  return {seconds: Math.floor(seconds), nanos: Math.floor((seconds % 1) * 1e9)};
}

/** Whether the connection broke: the daemon's own statuses have a reason. */
function isBroken(error) {
  const {UNAVAILABLE, UNKNOWN, INTERNAL} = grpc.status;
  return [UNAVAILABLE, UNKNOWN, INTERNAL].includes(error.code) && !reason(error);
}

/** The ErrorReason of a failed call, such as "CLOSED". */
function reason(error) {
  const [bytes] = error.metadata ? error.metadata.get('grpc-status-details-bin') : [];
  if (!bytes) return '';
  const info = definition['google.rpc.ErrorInfo'];
  const detail = definition['google.rpc.Status'].deserialize(bytes).details
    .find(({type_url}) => type_url.endsWith('/google.rpc.ErrorInfo'));
  return detail ? info.deserialize(detail.value).reason : '';
}

module.exports = {Session, duration, reason};
