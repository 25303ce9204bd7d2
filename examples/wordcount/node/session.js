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

  /** A service whose methods are promises: `await session.service('QueueService').Put({...})`. */
  service(name) {
    return new Proxy({}, {get: (_, method) => (request) => this.call(name, method, request)});
  }

  /** Sends a command, and sends it again under the same sequence when its answer was lost. */
  async call(service, method, request) {
    // One call at a time, so every earlier reply has arrived.
    const sequence = String(++this.sequence);
    const metadata = this.metadata.clone();
    metadata.set('polyproc-sequence', sequence);
    metadata.set('polyproc-received-below', sequence);
    for (const giveUp = Date.now() + 1000 * this.timeToLive; ;) {
      try {
        return await this.send(service, method, request, metadata);
      } catch (error) {
        if (error.code !== grpc.status.UNAVAILABLE || Date.now() > giveUp) throw error;
        await sleep(100);
      }
    }
  }

  send(service, method, request, metadata = this.metadata) {
    if (!this.clients.has(service)) {
      const address = process.env.POLYPROC_ADDRESS;
      this.clients.set(
        service, new polyproc.v1[service](address, grpc.credentials.createInsecure()));
    }
    return new Promise((resolve, reject) => {
      this.clients.get(service)[method](
        request, metadata, (error, reply) => (error ? reject(error) : resolve(reply)));
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
