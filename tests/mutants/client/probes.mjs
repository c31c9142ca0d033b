// Health checks: one a node at a time, each on a connection of its own and with a limit of its own.

import http from 'node:http';
import net from 'node:net';
import {bug} from './bugs.mjs';

export class Prober {
  constructor(pool, settings) {
    this.pool = pool;
    this.check = settings.health_check;
    this.timers = new Map();
    this.due = new Set(); // M35
    this.stopped = false;
    if (this.check === null) {
      return;
    }
    if (bug('M28')) {
      this.#roundForEver();
      return;
    }
    // Spread over the first interval: clients that were started together must not probe together.
    pool.nodes.forEach((node) => this.#wait(node, Math.random() * this.check.interval));
  }

  stop() {
    this.stopped = true;
    this.timers.forEach(clearTimeout);
  }

  #pause() {
    const {interval, jitter} = this.check;
    return interval * (1 + (jitter ?? 0) * (2 * Math.random() - 1));
  }

  #wait(node, length = this.#pause()) {
    if (this.stopped) {
      return;
    }
    this.timers.set(node, setTimeout(() => {
      if (bug('M35')) {
        this.due.add(node);
        return;
      }
      this.#run(node);
    }, length));
  }

  // A caller has come (M35).
  wake() {
    for (const node of this.due) {
      this.due.delete(node);
      this.#run(node);
    }
  }

  async #run(node) {
    const begun = performance.now();
    const wanted = this.check.nodes !== 'failed' || !node.inRotation;
    if (wanted && !(bug('M45') && this.pool.lockedOut)) {
      this.#judge(node, await this.#ask(node));
    }
    const took = performance.now() - begun;
    this.#wait(node, Math.max(0, this.#pause() - took));
  }

  async #roundForEver() {
    while (!this.stopped) {
      for (const node of this.pool.nodes) {
        this.#judge(node, await this.#ask(node));
      }
      await new Promise((resolve) => setTimeout(resolve, this.#pause()));
    }
  }

  // True: it says that it is well.
  #ask(node) {
    if (bug('M30')) {
      return this.#connects(node);
    }
    return new Promise((resolve) => {
      const request = http.get({
        host: node.host, port: node.port, agent: false,
        path: node.prefix + this.check.path,
      });
      const end = (good) => {
        clearTimeout(timer);
        resolve(good);
        request.destroy();
      };
      const patience = bug('M10') ? 10 * this.check.timeout : this.check.timeout;
      const timer = bug('M28') ? null : setTimeout(() => end(false), patience);
      request.on('response', (response) => {
        const {statusCode: status} = response;
        const good = bug('M33') || (status >= 200 && status < 300);
        response.resume();
        response.on('end', () => end(good && response.complete));
        response.on('error', () => end(false));
      });
      request.on('error', () => end(false));
    });
  }

  #connects(node) {
    return new Promise((resolve) => {
      const socket = net.connect(node.port, node.host);
      socket.setTimeout(this.check.timeout, () => { resolve(false); socket.destroy(); });
      socket.on('connect', () => { resolve(true); socket.destroy(); });
      socket.on('error', () => resolve(false));
    });
  }

  #judge(node, good) {
    if (this.stopped) {
      return;
    }
    node.probesPassed = good ? node.probesPassed + 1 : 0;
    node.probesFailed = good ? 0 : node.probesFailed + 1;
    if (!good) {
      node.doubted = true;
      if (node.probesFailed >= this.check.fall) {
        this.pool.eject(node, 'probe');
      }
      return;
    }
    if (!node.inRotation && this.#mayReturn(node)) {
      this.pool.reinstate(node, 'probe');
    }
  }

  // Probes that saw it fail may say that it is well again. If they passed while callers failed they look at
  // something else, and only a trial with a request can tell.
  #mayReturn(node) {
    const now = performance.now();
    if (bug('M32')) {
      return true;
    }
    if (bug('M51')) {
      return node.doubted;
    }
    if (bug('M50') || now < Math.max(node.until, node.peaceUntil)) {
      return false;
    }
    return node.probesPassed >= this.check.rise && (node.doubted || bug('M30')) && !this.pool.settings.breaker;
  }
}
