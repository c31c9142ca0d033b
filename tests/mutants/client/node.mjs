// One backend as this client sees it: in rotation or ejected, and since when. It decides nothing about the others.

import http from 'node:http';

export class Backend {
  constructor({name, url}, index) {
    const {hostname, port, pathname} = new URL(url);
    this.name = name;
    this.index = index;
    this.host = hostname;
    this.port = port || 80;
    this.prefix = pathname === '/' ? '' : pathname;
    this.agent = new http.Agent({keepAlive: true, scheduling: 'lifo', maxFreeSockets: 1024});
    this.attempts = new Set(); // under way
    this.generation = 0;       // what began in another one says nothing about this one
    this.state = 'healthy';    // | failed | probing (its trial is under way)
    this.ejections = 0;        // in a row
    this.ejectedFor = 0;
    this.until = 0;            // not before that
    this.peaceUntil = 0;       // it asked not to be asked
    this.backSince = -Infinity;
    this.latency = 0;          // of answers, smoothed
    this.answers = new Map();  // when each kind of request was last answered
    this.forgive();
  }

  forgive() {
    this.failures = 0;      // in a row
    this.history = [];      // times of failures, for a breaker
    this.beaten = 0;        // by hedges, in a row
    this.trials = 0;        // under way
    this.trialsGood = 0;
    this.probesPassed = 0;  // in a row
    this.probesFailed = 0;  // in a row
    this.doubted = false;   // a probe failed since the ejection: then probes see what is wrong
  }

  get inRotation() {
    return this.state === 'healthy';
  }

  dropIdle() {
    for (const sockets of Object.values(this.agent.freeSockets)) {
      [...sockets].forEach((socket) => socket.destroy());
    }
  }

  noteAnswer(kind, took) {
    this.latency = this.latency === 0 ? took : this.latency + 0.2 * (took - this.latency);
    this.answers.set(kind, performance.now());
  }
}
