'use strict';
// BullMQ as a peer of the benchmarks: reads lines of a task, how much of it is done at once and the
// window's nanoseconds, does the task for so long, and answers each with a line of how often a
// second. Ends when there are no more. Its argument is Redis's Unix socket.

const readline = require('readline');
const {Job, Queue, Worker} = require('bullmq');
const {Redis} = require('ioredis');

const NAME = 'bullmq';
const TOKEN = 'peer';
const HOUR = 3_600_000;
const PRIORITIES = 10;
const STANDING = 1_000; // What lies in the queue of priorities meanwhile.
const STOCK = 2_000; // What is put at a time to be reserved.
const DELAYED = 10_000; // How many delayed jobs there are at most.
const BULK = 50;
const BULK_LANES = 10; // Of 1, 5, 10, 25 and 50 about the fastest.
const DATA = 'x'.repeat(98); // 100 bytes of JSON

const connect = () => new Redis({path: process.argv[2], maxRetriesPerRequest: null});
const queue = new Queue(NAME, {connection: connect(), defaultJobOptions: {removeOnComplete: true}});
const worker = new Worker(NAME, null, {connection: connect(), autorun: false});
let put = 0;

const jobs = (count, options) => Array.from({length: count}, () => ({name: 'job', data: DATA, opts: options()}));
const plain = () => ({});
const byPriority = () => ({priority: 1 + put++ % PRIORITIES});

/** Gets and completes so many jobs that are there, some at once; with each end comes the next one. */
async function work(count, lanes) {
  let left = count;
  const lane = async () => {
    let job = left-- > 0 && await worker.getNextJob(TOKEN, {block: false});
    while (job) {
      const more = left-- > 0;
      const next = await job.moveToCompleted('', TOKEN, more);
      count--;
      job = more && next && Job.fromJSON(worker, next[0], next[1]);
    }
  };
  await Promise.all(Array.from({length: lanes}, lane));
  if (count !== 0) throw new Error(`Expected all jobs to be there, but ${count} were not`);
}

const STEPS = {
  async PRIORITY_PUT_AND_GET() {
    await queue.add('job', DATA, byPriority());
    await work(1, 1);
  },
  DELAYED_PUT: () => queue.add('job', DATA, {delay: HOUR}),
  async BULK_PUT_AND_GET() {
    await queue.addBulk(jobs(BULK, plain));
    await work(BULK, BULK_LANES);
  },
};

/** Seconds since a time of the process's clock. */
const since = (start) => Number(process.hrtime.bigint() - start) / 1e9;

/** So many do a step after the other for as long as they may; answers how many steps that were. */
async function chains(step, atOnce, mayBegin) {
  let done = 0;
  const chain = async () => {
    while (mayBegin()) {
      await step();
      done++;
    }
  };
  await Promise.all(Array.from({length: atOnce}, chain));
  return done;
}

/** Steps until the time is up; answers how often a second. */
async function steps(step, atOnce, seconds) {
  const start = process.hrtime.bigint();
  const done = await chains(step, atOnce, () => since(start) < seconds);
  return done / since(start);
}

/** Work in pieces; what is made ready before each does not count. */
async function pieces(size, makeReady, piece, seconds) {
  let spent = 0;
  let done = 0;
  while (spent < seconds) {
    await makeReady();
    const start = process.hrtime.bigint();
    await piece();
    spent += since(start);
    done += size;
  }
  return done / spent;
}

async function perSecond(task, atOnce, seconds) {
  if (task === 'RESERVE_AND_ACKNOWLEDGE') {
    return pieces(STOCK, () => queue.addBulk(jobs(STOCK, plain)), () => work(STOCK, atOnce), seconds);
  }
  const step = STEPS[task];
  if (!step) throw new Error(`Expected a task of queues, but it is ${task}`);
  if (task === 'DELAYED_PUT' && atOnce > 1) {
    const piece = () => {
      let left = DELAYED;
      return chains(step, atOnce, () => left-- > 0);
    };
    return pieces(DELAYED, () => queue.drain(true), piece, seconds);
  }
  if (task === 'PRIORITY_PUT_AND_GET') await queue.addBulk(jobs(STANDING, byPriority));
  return steps(step, atOnce, seconds);
}

async function main() {
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  for await (const line of readline.createInterface({input: process.stdin})) {
    const [task, atOnce, nanos] = line.split(' ');
    console.log(await perSecond(task, Number(atOnce), Number(nanos) / 1e9));
    await queue.drain(true);
  }
  await worker.close();
  await queue.close();
}

main().then(() => process.exit(), (error) => {
  console.error(error);
  process.exit(1);
});
