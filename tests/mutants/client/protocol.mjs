// bascule-client/1: lines of JSON in from stdin, out to stdout. It knows no HTTP.

import {createInterface} from 'node:readline';

export function say(message) {
  process.stdout.write(JSON.stringify(message) + '\n');
}

export function listen(handlers, onEnd) {
  const lines = createInterface({input: process.stdin, crlfDelay: Infinity});
  lines.on('line', (line) => {
    const order = JSON.parse(line);
    handlers[order.op]?.(order);
  });
  lines.on('close', onEnd);
}
