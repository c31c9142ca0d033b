// The bugs that `--bug ID` plants, one at a time. Each is a few lines at the place where the sound client decides;
// what the real software was that had it, and which scenario tells, is in docs/mutants.md.

export const BUGS = {
  M01: '4xx marks the node failed',
  M02: '4xx counts as success: resets the consecutive counter',
  M03: 'caller cancel counted as node failure',
  M04: 'local pool exhaustion blamed on a node',
  M05: 'one poison request walks the list and kills every node',
  M07: 'RST during the exchange not treated as retriable',
  M08: 'truncated body = success',
  M09: 'node up but in the wrong role is kept',
  M10: 'slow node never ejected',
  M13: 'POST replayed after the node executed it (lost reply)',
  M14: 'POST replayed on timeout',
  M15: 'POST not tried elsewhere although never sent',
  M16: 'replay carries an empty body',
  M18: 'retries go back to the node that just failed',
  M19: 'no retry budget: storm',
  M22: 'hedge of a POST',
  M23: 'timeout x nodes exceeds the caller\'s deadline',
  M24: 'timeout stops at headers; body stall hangs',
  M25: 'no timer between connect and the first byte of the answer',
  M26: 'deadline not enforced on a connection whose link drops',
  M28: 'probe has no timeout: prober wedges on a hung node',
  M30: 'TCP connect = healthy',
  M32: 'health endpoint fine, traffic fails; probe un-ejects',
  M33: 'probe sees that the node answers, not whether it is well',
  M35: 'probes only run with traffic',
  M36: 'healed node never returns',
  M38: 'half-open never resolves (a 4xx or a cancel as trial)',
  M39: 'half-open lets everybody through',
  M43: 'one breaker shared by all nodes',
  M45: 'all down = permanent lockout',
  M47: 'N parallel failures advance the shared index N times',
  M50: 'live user request used as probe: latency hit every cycle',
  M51: 'failing back on the first good probe to a flapping node',
  M54: 'keep-alive race surfaces as error and node failure',
  M56: 'pool not flushed when the node is marked failed',
  M59: 'Last-Event-ID absent on reconnect',
  M61: 'stream gives up for good on 5xx',
  M62: 'reconnect doubles streams; events delivered twice',
  M64: 'events during the gap lost, no resync',
  M65: 'half-open stream never noticed (no heartbeat)',
  L01: 'the HTTP library re-sends a POST when a reused connection dies (libcurl)',
};

let planted = null;

export function plant(id) {
  if (!Object.hasOwn(BUGS, id)) {
    throw new Error(`no bug is called '${id}'`);
  }
  planted = id;
}

export const bug = (id) => planted === id;
