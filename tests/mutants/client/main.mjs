#!/usr/bin/env node
// A sound failover client that speaks bascule-client/1 (docs/your-client.md); `--bug ID` plants one bug into it, and
// `--bugs` lists them.

import {BUGS, bug, plant} from './bugs.mjs';
import {Budget} from './budget.mjs';
import {Pool} from './pool.mjs';
import {Prober} from './probes.mjs';
import {Request} from './request.mjs';
import {Stream} from './stream.mjs';
import {listen, say} from './protocol.mjs';
import {settingsFrom} from './settings.mjs';

const HEDGE_FLOOR = 10;
const RETRY_FLOOR = 100; // ten a second

const requests = new Map();
const streams = new Map();
let pool = null;
let prober = null;
let context = null;

function ejected(node) {
  // What waits there is moved once the state of the pool is settled.
  queueMicrotask(() => {
    [...requests.values()].forEach((request) => request.nodeEjected(node));
    [...streams.values()].forEach((stream) => stream.nodeEjected(node));
  });
}

const handlers = {
  start({nodes, options}) {
    const settings = settingsFrom(options);
    pool = new Pool(nodes, settings, {
      node: (name, state, why) => say({ev: 'node', name, state, why}),
      active: (name) => say({ev: 'active', name}),
      ejected,
    });
    prober = new Prober(pool, settings);
    context = {
      pool, settings,
      retries: new Budget(settings.retry.budget, RETRY_FLOOR),
      hedges: new Budget(settings.hedge?.budget ?? null, HEDGE_FLOOR),
      finished: (request) => requests.delete(request.order.id),
    };
    say({ev: 'ready', features: ['status', 'switch', 'reset', 'cancel', 'streams', 'telemetry']});
  },
  request(order) {
    const request = new Request(order, context, say);
    requests.set(order.id, request);
    if (bug('M35')) {
      prober.wake();
    }
    request.begin();
  },
  cancel({id}) {
    requests.get(id)?.cancel();
  },
  switch({name}) {
    const why = pool.switchTo(name);
    say(why === null ? {ev: 'done', op: 'switch'} : {ev: 'refused', op: 'switch', why});
  },
  reset() {
    pool.reset();
    say({ev: 'done', op: 'reset'});
  },
  status() {
    say({
      ev: 'status', active: pool.preferred.name,
      nodes: pool.nodes.map(({name, state, latency}) => ({name, state, latency_ms: latency})),
    });
  },
  stream(order) {
    streams.set(order.id, new Stream(order, pool));
  },
  close({id}) {
    streams.get(id)?.close();
    streams.delete(id);
  },
  stop() {
    process.exit(0);
  },
};

const [option, id] = process.argv.slice(2);
if (option === '--bugs') {
  Object.entries(BUGS).forEach(([name, what]) => console.log(`${name}\t${what}`));
  process.exit(0);
}
if (option === '--bug') {
  plant(id);
}
listen(handlers, () => process.exit(0));
