// Server-Sent Events of one node, as far as they are needed to know where one stands.

import http from 'node:http';

// seen: {alive(), event(number or null), ended(status or null)}; ended comes once, not after close().
export function openSse(node, path, resume, seen) {
  const headers = {Accept: 'text/event-stream'};
  let over = false;
  if (resume !== null) {
    headers['Last-Event-ID'] = String(resume);
  }
  const request = http.get({host: node.host, port: node.port, path: node.prefix + path, headers, agent: false});
  const end = (status) => {
    if (!over) {
      over = true;
      request.destroy();
      seen.ended(status);
    }
  };
  request.on('error', () => end(null));
  request.on('response', (response) => {
    if (response.statusCode !== 200) {
      end(response.statusCode);
      return;
    }
    read(response, () => over, seen);
    response.on('end', () => end(null));
    response.on('error', () => end(null));
  });
  return {
    close() {
      over = true;
      request.destroy();
    },
  };
}

function read(response, isOver, seen) {
  let rest = '';
  let id = null;
  response.setEncoding('utf8');
  response.on('data', (chunk) => {
    if (isOver()) {
      return;
    }
    seen.alive();
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('id:')) {
        id = Number(line.slice(3));
      } else if (line === '' && id !== null) {
        seen.event(id);
        id = null;
      }
    }
  });
}
