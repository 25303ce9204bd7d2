'use strict';
// Squares the numbers of a queue, with bare stubs.

const {Session, duration, reason} = require(process.argv[2]);

async function main() {
  const session = await Session.open('share.js');
  const queues = session.service('QueueService');
  const dicts = session.service('DictService');
  const patience = duration(session.timeToLive / 3);
  for (;;) {
    let number;
    try {
      number = await queues.Get({queue: 'work', timeout: patience, reserve: true});
    } catch (error) {
      if (reason(error) === 'CLOSED') break;
      throw error;
    }
    if (!number.item) continue;
    const n = Number(number.item.int);
    const key = {text: `node/${n}/${number.attempt}`};
    await dicts.Add({dict: 'attempts', key, amount: {int: 1}, initial: {int: 0}});
    await queues.Put({queue: 'squares', item: {int: n * n}, options: {unique_key: String(n)}});
    await queues.Acknowledge({queue: 'work', reservation: number.reservation});
  }
  await session.close();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
