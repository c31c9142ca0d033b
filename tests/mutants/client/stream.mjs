// A long-lived caller: one connection at a time, on a node that talks; it moves, and misses nothing.

import {bug} from './bugs.mjs';
import {openSse} from './sse.mjs';
import {openWebSocket} from './websocket.mjs';
import {say} from './protocol.mjs';

const SILENCE_MS_MIN = 1000;
const WAIT_MS = 100;
const WAIT_MS_MAX = 5000;
const WELL_MS = 5000;
const UNITS = {ms: 1, s: 1000, m: 60000, h: 3600000};

function intervalOf(path) {
  const [, number, unit] = /[?&]interval=([\d.]+)(ms|s|m|h)/.exec(path) ?? [null, 1, 's'];
  return number * UNITS[unit];
}

export class Stream {
  constructor({id, kind, path}, pool) {
    Object.assign(this, {id, path, pool});
    this.open = kind === 'websocket' ? openWebSocket : openSse;
    this.silence = Math.max(SILENCE_MS_MIN, 3 * intervalOf(path));
    this.last = null; // number of the last event
    this.tried = new Set();
    this.waits = 0;
    this.over = false;
    this.#connect();
  }

  close() {
    this.over = true;
    clearTimeout(this.timer);
    clearTimeout(this.waiting);
    this.connection?.close();
  }

  nodeEjected(node) {
    const elsewhere = this.pool.nodes.some((other) => other.inRotation);
    if (!this.over && this.node === node && elsewhere && !bug('M65')) {
      this.#move();
    }
  }

  #choose() {
    const {pool} = this;
    const able = pool.nodes.filter((node) => node.inRotation);
    const fresh = (able.length > 0 ? able : pool.nodes).filter((node) => !this.tried.has(node));
    if (fresh.length === 0) {
      return null;
    }
    if (pool.settings.spreads) {
      return fresh[this.id % fresh.length];
    }
    return fresh.includes(pool.preferred) ? pool.preferred : fresh[0];
  }

  #connect() {
    this.node = this.#choose();
    if (this.node === null) {
      this.#wait();
      return;
    }
    this.tried.add(this.node);
    const {node} = this;
    const resume = bug(this.open === openSse ? 'M59' : 'M64') ? null : this.last;
    const mine = () => connection === this.connection || bug('M62');
    const connection = this.open(node, this.path, resume, {
      alive: () => mine() && this.#heard(),
      event: (number) => mine() && this.#event(number, node),
      ended: (status) => connection === this.connection && this.#ended(status),
    });
    this.connection = connection;
    this.begun = performance.now();
    this.#heard();
  }

  #heard() {
    clearTimeout(this.timer);
    if (!bug('M65')) {
      this.timer = setTimeout(() => this.#move(), this.silence);
    }
  }

  #event(number, node) {
    if (number === null) {
      return;
    }
    if (this.last !== null && number <= this.last && !bug('M62')) {
      return; // known
    }
    this.last = number;
    this.tried.clear();
    this.tried.add(node);
    say({ev: 'event', id: this.id, event: String(number), node: node.name});
  }

  // status: of an answer that is no stream; null: the connection ended.
  #ended(status) {
    const final = status === 204 || (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) ||
      (bug('M61') && status >= 500);
    if (final) {
      this.over = true;
      clearTimeout(this.timer);
      say({ev: 'closed', id: this.id, why: `HTTP ${status}`});
      return;
    }
    this.#move();
  }

  #move() {
    if (this.over) {
      return;
    }
    clearTimeout(this.timer);
    clearTimeout(this.waiting);
    if (!bug('M62')) {
      this.connection?.close();
    }
    this.connection = null;
    if (performance.now() - this.begun > WELL_MS) {
      this.waits = 0;
    }
    this.#connect();
  }

  // Everybody was asked: a while later from the beginning, each stream at a moment of its own.
  #wait() {
    const most = Math.min(WAIT_MS * 2 ** this.waits++, WAIT_MS_MAX);
    this.tried.clear();
    this.waiting = setTimeout(() => this.#connect(), Math.random() * most);
  }
}
