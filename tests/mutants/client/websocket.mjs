// A WebSocket (RFC 6455) of one node, by hand: Node 18 has none. Enough to listen: text, pings, a close.

import http from 'node:http';
import {randomBytes} from 'node:crypto';

const TEXT = 1, CLOSE = 8, PING = 9, PONG = 10;

function frame(opcode, payload) {
  const mask = randomBytes(4);
  const head = payload.length < 126 ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
    : Buffer.from([0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

// The frame at the beginning of the bytes, null: not whole yet.
function parse(bytes) {
  if (bytes.length < 2) {
    return null;
  }
  const short = bytes[1] & 0x7f;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < head) {
    return null;
  }
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < head + length) {
    return null;
  }
  return {opcode: bytes[0] & 0x0f, payload: bytes.subarray(head, head + length), size: head + length};
}

// seen: as of openSse.
export function openWebSocket(node, path, resume, seen) {
  const request = http.get({
    host: node.host, port: node.port, path: node.prefix + path, agent: false,
    headers: {
      Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    },
  });
  let over = false;
  let socket = null;
  const close = () => {
    over = true;
    request.destroy();
    socket?.destroy();
  };
  const end = (status) => {
    if (!over) {
      close();
      seen.ended(status);
    }
  };
  request.on('error', () => end(null));
  request.on('response', (response) => end(response.statusCode));
  request.on('upgrade', (response, upgraded, head) => {
    socket = upgraded;
    if (over) {
      socket.destroy();
      return;
    }
    const listener = {...seen, ended: end, behind: resume !== null};
    if (resume !== null) {
      socket.write(frame(TEXT, Buffer.from(JSON.stringify({resume}))));
    }
    read(socket, head, listener, () => over);
    socket.on('close', () => end(null));
    socket.on('error', () => end(null));
  });
  return {close};
}

function read(socket, head, seen, isOver) {
  let rest = Buffer.alloc(0);
  const take = (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let next = parse(rest); next !== null && !isOver(); next = parse(rest)) {
      rest = rest.subarray(next.size);
      handle(socket, next, seen);
    }
  };
  socket.on('data', take);
  take(head);
}

function handle(socket, {opcode, payload}, seen) {
  seen.alive();
  if (opcode === PING) {
    socket.write(frame(PONG, payload));
  } else if (opcode === CLOSE) {
    seen.ended(null);
  } else if (opcode === TEXT) {
    const {event, resumed} = JSON.parse(payload.toString());
    if (resumed !== undefined) {
      seen.behind = false;
    } else if (Number.isInteger(event) && !seen.behind) { // what comes before `resumed` is out of order
      seen.event(event);
    }
  }
}
