'use strict';
// A participant of shared memory, made of docs/shared-memory.md. Node.js cannot map a file itself:
// koffi, which comes compiled, calls mmap of the C library, and views what it answers as a buffer.

const fs = require('fs');
const koffi = require('koffi');

const mmap = koffi.load(null).func('void *mmap(void *, size_t, int, int, int, int64_t)');
const PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1; // on Linux
const HEADER = 64;
const NUMBERS = {describe: 0, sum: 0, negate: 0, check: 2, set: 2, get: 1, add: 3};
const TYPES = {
  8: {name: 'INT64', View: BigInt64Array, of: BigInt},
  11: {name: 'FLOAT64', View: Float64Array, of: Number},
};

function fail(expected, but) {
  console.error(`Expected ${expected}, but ${but}`);
  process.exit(1);
}

/** String(-0) is 0. */
function text(number) {
  return Object.is(number, -0) ? '-0' : String(number);
}

function mapSegment(path) {
  let file;
  try {
    file = fs.openSync(path, 'r+');
  } catch (error) {
    fail(`a segment at ${path}`, `it cannot be opened: ${error.message}`);
  }
  const size = fs.fstatSync(file).size;
  if (size < HEADER) fail('a header of 64 bytes', `the file has ${size}`);
  const start = mmap(null, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (BigInt.asIntN(64, start) === -1n) {
    fail(`a segment at ${path}`, `it cannot be mapped: errno is ${koffi.errno()}`);
  }
  fs.closeSync(file);
  return koffi.view(start, size); // an ArrayBuffer of the mapping itself, not of a copy
}

function main(path, command, ...words) {
  if (NUMBERS[command] !== words.length) {
    fail('PATH and a command with its numbers', `it is ${process.argv.slice(2).join(' ')}`);
  }
  const memory = mapSegment(path);
  const header = new DataView(memory, 0, HEADER);
  const version = header.getUint32(8, true), type = TYPES[header.getUint32(12, true)];
  const length = header.getBigUint64(16, true), state = header.getUint32(40, true);
  if (Buffer.from(memory, 0, 8).toString('latin1') !== 'POLYPROC') {
    fail('a segment, which begins with POLYPROC', 'it is another file');
  }
  if (version !== 1) fail('version 1', `it is ${version}`);
  if (!type) fail('elements of INT64 (8) or FLOAT64 (11)', `their type is ${header.getUint32(12, true)}`);
  if (BigInt(memory.byteLength) !== 64n + 8n * length) {
    fail(`${length} elements of 8 bytes after the header`, `the file has ${memory.byteLength} bytes`);
  }
  if (state !== 1) fail('a segment that is in use (1)', `its state is ${state}`);
  const elements = new type.View(memory, HEADER);
  const parse = (word) => {
    try {
      const number = type.of(word);
      if (!Number.isNaN(number)) return number;
    } catch {} // a BigInt throws, and a Number is none
    return fail(`numbers of ${type.name}`, `it is ${word}`);
  };
  const index = Number(words[0]);
  if (['set', 'get', 'add'].includes(command) && !(index in elements)) {
    fail(`an index below ${length}`, `it is ${words[0]}`);
  }

  if (command === 'describe') {
    console.log(`${type.name}, ${length} elements, state ${state}, ` +
      `sequence ${header.getBigUint64(32, true)}, ${header.getUint32(44, true)} writers died`);
  } else if (command === 'sum') {
    let sum = type.of(0);
    for (const element of elements) sum += element;
    console.log(text(sum));
  } else if (command === 'negate') {
    for (let i = 0; i < elements.length; i++) elements[i] = -elements[i];
  } else if (command === 'check') {
    const first = parse(words[0]), step = parse(words[1]);
    for (let i = 0; i < elements.length; i++) {
      const expected = first + type.of(i) * step, element = elements[i];
      if (element !== expected) fail(`${expected} as element ${i}`, `it is ${element}`);
    }
    console.log(`${length} elements are as expected`);
  } else if (command === 'set') {
    elements[index] = parse(words[1]);
  } else if (command === 'get') {
    console.log(text(elements[index]));
  } else {
    if (type.name !== 'INT64') fail('elements of INT64 to add to', `they are of ${type.name}`);
    const amount = parse(words[1]), times = Number(parse(words[2]));
    for (let i = 0; i < times; i++) Atomics.add(elements, index, amount);
  }
}

main(...process.argv.slice(2));
