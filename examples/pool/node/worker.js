'use strict';
// A worker of a pool, from the contract alone: clients call its functions by name.

const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const FUNCTIONS = {
  square: (number) => ({int: whole(BigInt(number.int) ** 2n)}),
  upper: (text) => ({text: text.text.toUpperCase()}),
  language: () => ({text: 'node'}),
};
// To the daemon itself and not to a proxy; a value of any size is taken.
const OPTIONS = {'grpc.enable_http_proxy': 0, 'grpc.max_receive_message_length': -1};

const PROTO = path.join(__dirname, '../../../proto');
const {polyproc: {v1}} = grpc.loadPackageDefinition(protoLoader.loadSync(
  ['polyproc/v1/session.proto', 'polyproc/v1/pool.proto'], {
    includeDirs: [path.join(PROTO, 'src/main/proto'), path.join(PROTO, 'third_party')],
    keepCase: true,
    longs: String,
  }));

async function main() {
  const {POLYPROC_ADDRESS, POLYPROC_TOKEN_FILE, POLYPROC_PROCESS_CREDENTIAL, POLYPROC_POOL} = process.env;
  const caller = new grpc.Metadata();
  if (POLYPROC_TOKEN_FILE) {
    caller.set('authorization', `Bearer ${fs.readFileSync(POLYPROC_TOKEN_FILE, 'ascii').trim()}`);
  }
  const plaintext = grpc.credentials.createInsecure();
  const sessions = new v1.SessionService(POLYPROC_ADDRESS, plaintext, OPTIONS);
  const pools = new v1.PoolService(POLYPROC_ADDRESS, plaintext, OPTIONS);
  const ask = (service, method, request, seconds) => new Promise((resolve, reject) => {
    service[method](request, caller, {deadline: Date.now() + 1000 * seconds},
      (error, reply) => error ? reject(error) : resolve(reply));
  });

  const opened = await ask(sessions, 'Open', {
    client: `node-${process.pid}`,
    time_to_live: {seconds: 60},
    process: {pid: process.pid},
    process_credential: POLYPROC_PROCESS_CREDENTIAL,
  }, 10);
  caller.set('polyproc-session', opened.session);

  for (let completions = []; ;) {
    // Every call keeps the session alive, so none waits for longer than the session lives.
    const take = {pool: POLYPROC_POOL, timeout: {seconds: 20}, completions};
    const {runs = [], retire} = await ask(pools, 'Take', take, 30);
    if (retire) break;
    completions = runs.map(({run, call: {function: name, payload}}) =>
      ({run, ...call(name, payload?.list?.values)}));
  }
  await ask(sessions, 'End', {}, 10);
  sessions.close();
  pools.close();
}

/** What came of a call: what it returned, or how it failed. */
function call(name, args = []) {
  try {
    if (name === 'polyproc.chunk') return {value: chunk(...args)};
    if (!Object.hasOwn(FUNCTIONS, name)) {
      throw new RangeError(`Expected one of ${Object.keys(FUNCTIONS).join(', ')}, but it is '${name}'`);
    }
    return {value: FUNCTIONS[name](...args)};
  } catch (error) {
    return {failure: {type: error.name, message: error.message, stack: error.stack}};
  }
}

/** What came of several calls as one task, which is how clients send many short ones. */
function chunk(name, ...calls) {
  return list(calls.map(({list: {values}}) => {
    const {value, failure} = call(name.text, values);
    return list(failure
      ? [{null: {}}, {text: failure.type}, {text: failure.message}, {text: failure.stack}]
      : [value]);
  }));
}

function list(values) {
  return {list: {values}};
}

/** A number as the contract has it, of 64 bits. */
function whole(number) {
  if (BigInt.asIntN(64, number) !== number) {
    throw new RangeError(`Expected a number of 64 bits, but it is ${number}`);
  }
  return String(number);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
