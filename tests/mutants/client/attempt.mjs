// One try of a request on one node, over HTTP/1.1. It judges nobody: it tells what happened, once.
//
// End: {kind, status, hash, retryAfter, sent, reused, bytes}
// kind: 'answer' | 'connect' (refused, or no connection in time: nothing was sent) | 'reset' (lost, cut off, or no
// HTTP) | 'timeout'.

import http from 'node:http';
import {createHash} from 'node:crypto';
import {bug} from './bugs.mjs';

export class Attempt {
  // what: {method, path, headers, body, limit, fresh}; the limit covers the body, too.
  constructor(node, what, settings, onEnd) {
    this.node = node;
    this.generation = node.generation;
    this.begun = performance.now();
    this.what = what;
    this.onEnd = onEnd;
    this.over = false;
    this.sent = false;
    this.reused = false;
    this.headed = false; // status and headers are here
    this.read = 0;
    this.socket = null;
    this.timer = null;
    node.attempts.add(this);
    this.#send(settings);
  }

  #send(settings) {
    const {method, path, headers, body, fresh, limit} = this.what;
    this.request = http.request({
      host: this.node.host, port: this.node.port, method, path: this.node.prefix + path, headers,
      agent: fresh || !settings.keepalive ? false : this.node.agent,
    });
    this.request.on('socket', (socket) => this.#connect(socket, settings));
    this.request.on('response', (response) => this.#receive(response));
    this.request.on('upgrade', (response, socket) => { socket.destroy(); this.#end({kind: 'reset'}); });
    this.request.on('error', () => this.#end({kind: this.sent ? 'reset' : 'connect'}));
    this.request.on('close', () => this.finish?.() ?? this.#end({kind: this.sent ? 'reset' : 'connect'}));
    if (!bug('M25')) {
      this.#arm(limit, 'timeout');
    }
    this.request.end(body);
  }

  #arm(limit, kind) {
    clearTimeout(this.timer);
    if (Number.isFinite(limit)) {
      this.timer = setTimeout(() => this.#end({kind}), limit);
    }
  }

  // Bytes leave once there is a connection, and not before.
  #connect(socket, settings) {
    if (this.over) {
      return;
    }
    this.socket = socket;
    this.read = socket.bytesRead;
    if (!socket.connecting) {
      this.sent = true;
      this.reused = this.request.reusedSocket;
      if (bug('M26')) {
        clearTimeout(this.timer);
      }
      return;
    }
    const patience = setTimeout(() => this.#end({kind: 'connect'}), Math.min(settings.connect_timeout, 2 ** 31 - 1));
    this.patience = patience;
    socket.once('connect', () => {
      clearTimeout(patience);
      this.sent = true;
    });
  }

  #receive(response) {
    const hash = createHash('sha256');
    this.headed = true;
    if (bug('M24')) {
      clearTimeout(this.timer);
    }
    if (bug('M25')) {
      this.#arm(this.what.limit, 'timeout');
    }
    response.on('data', (chunk) => hash.update(chunk));
    const finish = () => {
      if (this.over) {
        return true;
      }
      if (!response.complete && !bug('M08')) {
        this.#end({kind: 'reset'});
        return true;
      }
      const seconds = Number(response.headers['retry-after']);
      this.#end({
        kind: 'answer', status: response.statusCode, hash: hash.digest('hex'),
        retryAfter: seconds > 0 ? seconds * 1000 : 0,
      });
      return true;
    };
    this.finish = finish;
    response.on('end', finish);
    response.on('error', finish);
  }

  #end(end) {
    if (this.over) {
      return;
    }
    this.stop();
    const bytes = this.socket !== null && this.socket.bytesRead > this.read;
    this.onEnd(this, {sent: this.sent, reused: this.reused, bytes, ...end}, end.kind === 'answer');
  }

  // Nothing more is told of it. An answer that is whole leaves its connection to the next one.
  stop() {
    if (this.over) {
      return;
    }
    this.over = true;
    clearTimeout(this.timer);
    clearTimeout(this.patience);
    this.node.attempts.delete(this);
    if (!this.request.res?.complete) {
      this.request.destroy();
    }
  }
}
