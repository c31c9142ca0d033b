// Which nodes are in rotation, and which one a request goes to. It sends nothing.

import {Backend} from './node.mjs';
import {bug} from './bugs.mjs';

const BEATEN_MAX = 3;
const POISON_MS = 10000;
const TRIAL_SHARE = 0.1; // of its traffic, for a node that has just returned under slow_start

export class Pool {
  // tell: {node(name, state, why), active(name), ejected(node)}
  constructor(nodes, settings, tell) {
    this.nodes = nodes.map((node, index) => new Backend(node, index));
    this.settings = settings;
    this.tell = tell;
    this.pinned = null;   // by the operator, until it fails
    this.serving = this.nodes[0];
    this.turn = 0;
    this.poison = new Map(); // kind of request -> node -> when it failed there, though nobody else's did
    this.sharedUntil = 0;    // M43
    this.lockedOut = false;  // M45
  }

  get now() {
    return performance.now();
  }

  // ---- choice ----

  // For a request that was at the nodes in `tried`: {node, trial}, or null if there is nobody left to ask.
  choose({tried, repeatable, last}) {
    if (bug('M18') && last !== null) {
      return {node: last, trial: false};
    }
    if (this.lockedOut) {
      return null;
    }
    const candidate = repeatable && tried.size === 0 ? this.#wantsTrial() : undefined;
    if (candidate !== undefined) {
      return {node: candidate, trial: true};
    }
    const fresh = this.nodes.filter((node) => !tried.has(node));
    const able = fresh.filter((node) => node.inRotation && node.peaceUntil <= this.now);
    if (able.length > 0) {
      return {node: this.#prefer(able), trial: false};
    }
    const node = this.#lastResort(fresh);
    return node === null ? null : {node, trial: false};
  }

  // Out of rotation is better than no answer at all: who is due back first, and did not ask for peace.
  #lastResort(fresh) {
    const [first] = fresh.sort((a, b) =>
      Math.max(a.until, a.peaceUntil) - Math.max(b.until, b.peaceUntil) || a.index - b.index);
    return first ?? null;
  }

  #prefer(able) {
    switch (this.settings.order) {
      case 'round-robin':
        return this.#inCircle(able);
      case 'random':
        return able[Math.floor(Math.random() * able.length)];
      case 'least-latency':
        return able.reduce((a, b) => this.#cost(b) < this.#cost(a) ? b : a);
      default:
        return this.#inOrder(able);
    }
  }

  #cost(node) {
    return (node.latency + 1) * (node.attempts.size + 1);
  }

  #inCircle(able) {
    const all = this.nodes.length;
    for (let step = 0; step < 4 * all; step++) {
      const node = this.nodes[this.turn++ % all];
      if (able.includes(node) && this.#isWarm(node)) {
        return node;
      }
    }
    return able[0];
  }

  #isWarm(node) {
    const span = this.settings.slow_start ?? 0;
    const age = this.now - node.backSince;
    return age >= span || Math.random() < TRIAL_SHARE + (1 - TRIAL_SHARE) * age / span;
  }

  #inOrder(able) {
    if (this.pinned !== null && able.includes(this.pinned)) {
      return this.pinned;
    }
    if (this.settings.failback === 'sticky') {
      return able.includes(this.serving) ? this.serving : able[0];
    }
    const stay = this.settings.failback === 'immediate' ? 0 : this.settings.failback;
    const settled = (node) => node === this.serving || this.now - node.backSince >= stay;
    return able.find((node) => settled(node) && this.#isWarm(node)) ?? able[0];
  }

  // The node that callers get, for whoever wants to know.
  get preferred() {
    const able = this.nodes.filter((node) => node.inRotation && node.peaceUntil <= this.now);
    return able.length > 0 && !this.settings.spreads ? this.#inOrder(able) : able[0] ?? this.nodes[0];
  }

  noteActive(node) {
    if (node !== this.serving && !this.settings.spreads) {
      this.serving = node;
      this.tell.active(node.name);
    }
  }

  // ---- trials: one request finds out whether an ejected node is well ----

  #wantsTrial() {
    return this.nodes.find((node) => this.#isDueForTrial(node));
  }

  #isDueForTrial(node) {
    const most = this.settings.breaker?.trials ?? 1;
    if (node.inRotation || bug('M36') || this.now < Math.max(node.until, node.peaceUntil)) {
      return false;
    }
    if (node.trials >= most && !bug('M39')) {
      return false;
    }
    // Where somebody probes, callers do not pay for finding out that it is still down.
    return bug('M50') || this.settings.health_check === null || node.probesPassed > 0;
  }

  beginTrial(node) {
    node.trials++;
    if (node.state === 'failed') {
      node.state = 'probing';
      this.tell.node(node.name, 'probing', 'trial');
    }
  }

  // good: true, false, or null if it says nothing (a caller who gave up).
  endTrial(node, generation, good, why) {
    if (generation !== node.generation || node.inRotation) {
      return;
    }
    node.trials--;
    if (good === false) {
      this.#takeOut(node, why);
    } else if (good === null) {
      if (node.trials === 0) {
        node.state = 'failed';
        this.tell.node(node.name, 'failed', 'trial cancelled');
      }
    } else if (++node.trialsGood >= (this.settings.breaker?.trials ?? 1)) {
      this.reinstate(node, 'trial');
    }
  }

  // ---- evidence ----

  succeeded(node, generation) {
    if (generation === node.generation && node.inRotation) {
      node.failures = 0;
      node.beaten = 0;
    }
  }

  // An ejected node that was asked for want of a better one has answered.
  cameThrough(node) {
    if (!node.inRotation && !bug('M36') && node.peaceUntil <= this.now &&
        this.nodes.every((other) => !other.inRotation)) {
      this.reinstate(node, 'answered');
    }
  }

  // A failure of its own. Late news of an earlier generation is no news.
  blame(node, generation, why) {
    if (bug('M47')) {
      node = this.preferred;
      generation = node.generation;
    }
    if (bug('M43')) {
      this.sharedUntil = this.now + this.settings.eject_for;
    }
    if (generation !== node.generation || !node.inRotation) {
      return;
    }
    node.failures++;
    const {breaker} = this.settings;
    if (breaker === null) {
      if (node.failures >= this.settings.eject_after) {
        this.eject(node, why);
      }
      return;
    }
    node.history = [...node.history.filter((at) => at > this.now - breaker.window), this.now];
    if (node.history.length >= breaker.failures) {
      this.eject(node, 'breaker');
    }
  }

  beaten(node, generation) {
    const others = this.nodes.some((other) => other !== node && other.inRotation);
    if (generation === node.generation && ++node.beaten >= BEATEN_MAX && others) {
      this.eject(node, 'timeout');
    }
  }

  askedForPeace(node, length) {
    node.peaceUntil = Math.max(node.peaceUntil, this.now + length);
  }

  // Did this kind of request just fail on another node as well? Then it is to blame itself.
  isPoison(kind, node) {
    const places = this.poison.get(kind) ?? new Map();
    places.set(node, this.now);
    this.poison.set(kind, places);
    return [...places].some(([other, at]) => other !== node && at > this.now - POISON_MS);
  }

  noPoison(kind) {
    this.poison.delete(kind);
  }

  // ---- out and in ----

  eject(node, why) {
    if (!node.inRotation) {
      return;
    }
    if (this.now - node.backSince > 3 * Math.max(node.ejectedFor, this.settings.eject_for)) {
      node.ejections = 0;
    }
    this.#takeOut(node, why);
    if (bug('M45') && this.nodes.every((other) => !other.inRotation)) {
      this.lockedOut = true;
    }
  }

  #takeOut(node, why) {
    const {eject_for: first, eject_for_max: most, breaker} = this.settings;
    node.state = 'failed';
    node.generation++;
    node.ejectedFor = breaker !== null ? breaker.open : Math.min(first * 2 ** node.ejections, most);
    node.ejections += bug('M51') ? 0 : 1;
    node.until = this.now + node.ejectedFor;
    node.forgive();
    if (this.pinned === node) {
      this.pinned = null;
    }
    if (!bug('M56')) {
      node.dropIdle();
    }
    this.tell.node(node.name, 'failed', why);
    this.tell.ejected(node);
  }

  reinstate(node, why) {
    if (bug('M36')) {
      return;
    }
    node.state = 'healthy';
    node.generation++;
    node.backSince = this.now;
    node.forgive();
    this.tell.node(node.name, 'healthy', why);
  }

  // ---- the operator ----

  // null: done, else why not.
  switchTo(name) {
    const node = this.nodes.find((one) => one.name === name);
    if (node === undefined) {
      return 'no node is called so';
    }
    if (!node.inRotation) {
      return 'that node is out of rotation';
    }
    this.pinned = node;
    this.noteActive(node);
    return null;
  }

  reset() {
    for (const node of this.nodes) {
      node.ejections = 0;
      if (!node.inRotation) {
        this.reinstate(node, 'reset');
      }
    }
    this.pinned = null;
  }
}
