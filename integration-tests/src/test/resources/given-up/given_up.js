'use strict';
// Gives a command up that waits, and makes the next one, when it is told to.

const {createInterface} = require('readline');
const {Session} = require(process.argv[2]);

async function main() {
  const lines = createInterface({input: process.stdin})[Symbol.asyncIterator]();
  const queue = process.argv[3];
  const session = await Session.open('given up');
  const queues = session.service('QueueService');
  await queues.Create({queue});
  console.log('ready');
  await lines.next();
  const giveUp = new AbortController();
  const waiting = queues.Get({queue}, {signal: giveUp.signal}).catch(() => console.log('given up'));
  await lines.next();
  giveUp.abort();
  await waiting;
  await lines.next();
  console.log('got', (await queues.Get({queue})).item.int);
  await session.close();
  process.exit();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
