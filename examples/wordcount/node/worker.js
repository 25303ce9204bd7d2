'use strict';
// A worker of the word count: takes chunks of text until there are no more.

const {Session, duration, reason} = require('./session');

const CHUNKS = 'wordcount/chunks', COUNTS = 'wordcount/counts', START = 'wordcount/start';

async function main() {
  const name = process.env.POLYPROC_PROCESS || `node-${process.pid}`;
  const session = await Session.open(name);
  const queues = session.service('QueueService');
  const dicts = session.service('DictService');
  const events = session.service('EventService');

  // Every call keeps the session alive, so none may wait for longer than the session lives.
  const patience = duration(session.timeToLive / 3);

  while (!(await events.Wait({event: START, timeout: patience})).set);

  for (;;) {
    let chunk;
    try {
      chunk = await queues.Get({queue: CHUNKS, timeout: patience, reserve: true});
    } catch (error) {
      if (reason(error) === 'CLOSED') break;
      throw error;
    }
    if (!chunk.item) continue;

    // First the result, under the chunk's own key, then the acknowledgement: who dies in between
    // leaves the chunk to somebody else, who writes the same counts under the same key.
    const fields = new Map(chunk.item.map.entries.map(({key, value}) => [key.text, value]));
    const result = mapping([
      ['worker', {text: name}],
      ['attempt', {int: chunk.attempt}],
      ['words', countWords(fields.get('text').bytes)],
    ]);
    await dicts.Set({dict: COUNTS, key: fields.get('chunk'), value: result});
    try {
      await queues.Acknowledge({queue: CHUNKS, reservation: chunk.reservation});
    } catch (error) {
      // Somebody else has it, and does it as well.
      if (reason(error) !== 'RESERVATION_ENDED') throw error;
    }
  }
  await session.close();
}

/** How often each word occurs: a word is the longest run of ASCII letters, in lower case. */
function countWords(text) {
  const counts = new Map();
  for (const [word] of text.toString('latin1').matchAll(/[A-Za-z]+/g)) {
    const key = word.toLowerCase();
    counts.set(key, (counts.get(key) || 0) + 1);
  }
  return mapping([...counts].map(([word, count]) => [word, {int: count}]));
}

/** A map of texts to values. */
function mapping(entries) {
  return {map: {entries: entries.map(([key, value]) => ({key: {text: key}, value}))}};
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
