// What becomes of one request: which attempts are made, what their ends mean, and what its caller is told.

import {Attempt} from './attempt.mjs';
import {bug} from './bugs.mjs';

const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);
const HEDGED = new Set(['GET', 'HEAD']);
const TRIAL_MS_MIN = 500;
const POOL_MAX = 32; // M04

export class Request {
  // context: {pool, settings, retries, hedges, finished(request)}; answer: told once, never after cancel.
  constructor(order, context, answer) {
    Object.assign(this, {order, context, answer});
    const {settings, retries, hedges} = context;
    this.kind = `${order.method} ${order.path}`;
    this.deadline = performance.now() + settings.request_deadline;
    this.repeatable = IDEMPOTENT.has(order.method) || settings.retry.methods === 'all' ||
      settings.retry.idempotency_key;
    this.headers = {...order.headers};
    if (settings.retry.idempotency_key && !IDEMPOTENT.has(order.method)) {
      this.headers['Idempotency-Key'] = order.headers['X-Request-Id'];
    }
    this.tried = new Set();
    this.live = new Map();    // attempt -> {trial, hedge}
    this.suspects = new Map(); // node -> the attempt that it answered with 5xx
    this.attempts = 0;
    this.lastNode = null;
    this.lastAnswer = null;   // the last 5xx, if nothing better comes
    this.lastReason = 'no node is left to ask';
    this.waits = 0;
    this.over = false;
    retries.ask();
    hedges.ask();
    if (!bug('M23') && !bug('M24') && !bug('M25') && !bug('M26') && Number.isFinite(settings.request_deadline)) {
      this.timer = setTimeout(() => this.#giveUp('timeout'), settings.request_deadline);
    }
  }

  begin() {
    if (bug('M43') && performance.now() < this.context.pool.sharedUntil) {
      this.#fail('circuit open');
      return;
    }
    this.#next();
  }

  // The caller has gone.
  cancel() {
    for (const [attempt, {trial}] of this.live) {
      if (bug('M03')) {
        this.context.pool.blame(attempt.node, attempt.generation, 'cancelled');
      }
      attempt.stop();
      if (trial && !bug('M38')) {
        this.context.pool.endTrial(attempt.node, attempt.generation, null);
      }
    }
    this.#close();
  }

  // ---- attempts ----

  #next() {
    const {pool, settings} = this.context;
    if (this.over) {
      return;
    }
    if (this.attempts >= settings.retry.attempts) {
      this.#fail();
      return;
    }
    const pick = pool.choose({tried: this.tried, repeatable: this.repeatable, last: this.lastNode});
    if (pick === null) {
      this.#waitOrFail();
      return;
    }
    this.#attempt(pick);
  }

  // Every node was asked: once more from the one that was asked longest ago, later.
  #waitOrFail() {
    const {backoff} = this.context.settings.retry;
    if (backoff === null) {
      this.#fail();
      return;
    }
    const wait = Math.random() * Math.min(backoff * 2 ** this.waits, 10 * backoff);
    if (performance.now() + wait >= this.deadline) {
      this.#fail();
      return;
    }
    this.waits++;
    this.tried.clear();
    setTimeout(() => this.#next(), wait);
  }

  #attempt({node, trial}, hedge = false) {
    const {pool, settings} = this.context;
    const body = bug('M16') && this.attempts > 0 ? '' : this.order.body;
    this.attempts++;
    this.tried.add(node);
    this.lastNode = node;
    if (bug('M04') && node.attempts.size >= POOL_MAX) {
      pool.blame(node, node.generation, 'connect');
      this.#next();
      return;
    }
    if (trial) {
      pool.beginTrial(node);
    }
    const attempt = new Attempt(node, {
      method: this.order.method, path: this.order.path, headers: this.headers, body,
      limit: this.#limit(node, trial),
      fresh: !this.repeatable && !bug('L01'), // what must not run twice never meets a connection that is being closed
    }, settings, (ended, end) => this.#ended(ended, end));
    this.live.set(attempt, {trial, hedge});
    this.#hedgeLater(attempt, trial);
  }

  // Each attempt that may still come gets its fair share of what is left.
  #limit(node, trial) {
    const {pool, settings} = this.context;
    if (bug('M23')) {
      return settings.request_deadline;
    }
    const left = this.deadline - performance.now();
    const others = pool.nodes.filter((other) => !this.tried.has(other)).length;
    const more = this.repeatable ? Math.min(settings.retry.attempts - this.attempts, others) : 0;
    const limit = Math.min(settings.attempt_timeout, left / (1 + Math.max(0, more)));
    return trial && !bug('M50') ? Math.min(limit, Math.max(TRIAL_MS_MIN, 4 * node.latency)) : limit;
  }

  #hedgeLater(attempt, trial) {
    const {hedge} = this.context.settings;
    if (hedge === null || this.hedged || !(HEDGED.has(this.order.method) || bug('M22'))) {
      return;
    }
    setTimeout(() => {
      if (this.over || attempt.over || this.live.size !== 1) {
        return;
      }
      const pick = this.context.pool.choose({tried: this.tried, repeatable: false, last: null});
      if (pick === null || !pick.node.inRotation || !this.context.hedges.spend()) {
        return;
      }
      this.hedged = true;
      this.#attempt(pick, true);
    }, hedge.after, trial);
  }

  // A node was ejected: who waits there, and may be sent again, need not wait any longer.
  nodeEjected(node) {
    for (const [attempt, {trial}] of this.live) {
      const safe = this.repeatable || !attempt.sent || bug('M14');
      const elsewhere = this.context.pool.nodes.some((other) => other.inRotation && !this.tried.has(other));
      const kept = bug('M56') || bug('M47') || (bug('M24') && attempt.headed) || (bug('M26') && attempt.reused);
      if (attempt.node !== node || trial || !safe || !elsewhere || kept) {
        continue;
      }
      if (this.attempts < this.context.settings.retry.attempts && (!attempt.sent || this.#mayRetry())) {
        this.live.delete(attempt);
        attempt.stop();
        this.#nextUnlessHedged();
      }
    }
  }

  #mayRetry() {
    return bug('M19') || this.context.retries.spend();
  }

  // ---- ends ----

  #ended(attempt, end) {
    const {trial, hedge} = this.live.get(attempt);
    this.live.delete(attempt);
    if (end.kind === 'answer') {
      this.#answered(attempt, end, trial, hedge);
    } else {
      this.#lost(attempt, end, trial);
    }
  }

  #answered(attempt, end, trial, hedge) {
    const {pool} = this.context;
    const {node, generation} = attempt;
    if (end.retryAfter > 0 && (end.status >= 500 || end.status === 429)) {
      pool.askedForPeace(node, end.retryAfter);
    }
    if (end.status >= 500 && this.context.settings.failover_on.includes('5xx')) {
      this.#refused(attempt, end, trial);
      return;
    }
    node.noteAnswer(this.kind, performance.now() - attempt.begun);
    if (end.status < 400 || bug('M02')) {
      pool.succeeded(node, generation);
      pool.noPoison(this.kind);
    } else if (bug('M01')) {
      pool.blame(node, generation, 'http_4xx');
    }
    if (trial && !(bug('M38') && end.status >= 400)) {
      pool.endTrial(node, generation, true);
    }
    pool.cameThrough(node);
    this.#settleSuspects();
    this.#beatOthers(hedge);
    this.#finish(node, end);
  }

  // The others were slower: no wonder of a hedge, but a sign of a node that is always beaten.
  #beatOthers(hedge) {
    for (const [other, {trial}] of this.live) {
      if (hedge && !trial) {
        this.context.pool.beaten(other.node, other.generation);
      }
      if (trial) {
        this.context.pool.endTrial(other.node, other.generation, hedge ? false : null, 'timeout');
      }
    }
  }

  // Another node could answer what these could not.
  #settleSuspects() {
    for (const [node, {attempt}] of this.suspects) {
      this.context.pool.blame(node, attempt.generation, 'http_5xx');
    }
  }

  // 5xx: is it the node, or the request? Whoever may ask another node finds out.
  #refused(attempt, end, trial) {
    const {pool} = this.context;
    this.lastAnswer = {node: attempt.node, end};
    if (trial) {
      pool.endTrial(attempt.node, attempt.generation, false, 'http_5xx');
    } else if (this.repeatable && !bug('M05')) {
      this.suspects.set(attempt.node, {attempt});
    } else if (!(bug('M09') && !IDEMPOTENT.has(this.order.method))) {
      if (bug('M05') || !pool.isPoison(this.kind, attempt.node)) {
        pool.blame(attempt.node, attempt.generation, 'http_5xx');
      }
    }
    this.#retryOrFail(this.repeatable || bug('M13'), false);
  }

  #lost(attempt, end, trial) {
    const {pool, settings} = this.context;
    const {node, generation} = attempt;
    // The node had closed that connection, which says nothing about it: once more, on a new one.
    const stale = end.kind === 'reset' && end.reused && !end.bytes;
    if (bug('L01') && stale) {
      this.#again(attempt);
      return;
    }
    if (stale && this.repeatable && !bug('M54')) {
      this.#again(attempt, trial);
      return;
    }
    this.lastReason = end.kind;
    if (trial) {
      pool.endTrial(node, generation, false, end.kind);
    } else if (settings.failover_on.includes(end.kind) && !this.#isRequestsFault(attempt, end)) {
      pool.blame(node, generation, end.kind);
    }
    const unsent = end.kind === 'connect' && !bug('M15');
    const repeat = this.repeatable && !(bug('M07') && end.kind === 'reset') && !(bug('M54') && stale);
    const replay = (bug('M13') && end.kind === 'reset') || (bug('M14') && end.kind === 'timeout');
    this.#retryOrFail(repeat || unsent || replay, !end.sent);
  }

  // It timed out while the node went on answering other things: then the request is heavy, not the node hung.
  #isRequestsFault(attempt, end) {
    if (end.kind !== 'timeout') {
      return false;
    }
    return bug('M10') || [...attempt.node.answers].some(([kind, at]) => kind !== this.kind && at > attempt.begun);
  }

  // On the same node, on a connection that nobody has used.
  #again(attempt, trial = false) {
    const {node, what} = attempt;
    const left = this.deadline - performance.now();
    const again = new Attempt(node, {...what, fresh: true, limit: Math.min(what.limit, left)}, this.context.settings,
      (ended, end) => this.#ended(ended, end));
    this.live.set(again, {trial, hedge: false});
  }

  // free: nothing had left, so it is no repetition.
  #retryOrFail(may, free) {
    const {settings} = this.context;
    if (this.live.size > 0) {
      return; // the other copy goes on
    }
    if (!may || performance.now() >= this.deadline || this.attempts >= settings.retry.attempts ||
        (!free && !this.#mayRetry())) {
      this.#fail();
      return;
    }
    this.#next();
  }

  #nextUnlessHedged() {
    if (this.live.size === 0) {
      this.#next();
    }
  }

  #giveUp(reason) {
    for (const [attempt, {trial}] of this.live) {
      if (trial) {
        this.context.pool.endTrial(attempt.node, attempt.generation, false, 'timeout');
      }
    }
    this.#fail(reason);
  }

  #fail(reason = this.lastReason) {
    if (this.over) {
      return;
    }
    if (this.lastAnswer !== null) {
      this.#finish(this.lastAnswer.node, this.lastAnswer.end);
      return;
    }
    this.#close();
    this.answer({ev: 'error', id: this.order.id, reason, attempts: this.attempts});
  }

  #finish(node, end) {
    if (this.over) {
      return;
    }
    this.#close();
    if (end.status < 500) {
      this.context.pool.noteActive(node);
    }
    this.answer({
      ev: 'response', id: this.order.id, status: end.status, body_sha256: end.hash, node: node.name,
      attempts: this.attempts,
    });
  }

  #close() {
    this.over = true;
    clearTimeout(this.timer);
    this.live.forEach((_, attempt) => attempt.stop());
    this.live.clear();
    this.context.finished(this);
  }
}
