// What adapters in Node share: the lines of the client protocol (docs/your-client.md), in and out.
// Knows nothing about HTTP, nodes or failover.
import { createInterface } from 'node:readline';

// Standard output belongs to the protocol.
globalThis.console = new console.Console(process.stderr, process.stderr);

let unsaid = '';

function flush() {
    process.stdout.write(unsaid);
    unsaid = '';
}

// Lines of one turn of the event loop are written at once.
export function say(what) {
    if (unsaid === '') {
        setImmediate(flush);
    }
    unsaid += JSON.stringify(what) + '\n';
}

export function reasonOf(error) {
    if (error?.name === 'AbortError' || error?.name === 'TimeoutError') {
        return 'timeout';
    }
    const cause = error?.cause ?? error;
    return String(cause?.code ?? cause?.message ?? error);
}

// Runs until `stop`. `client` has start(nodes, options) -> features and request(order) -> what a
// `response` says; a rejection of the latter becomes an `error`. It has the methods cancel(id),
// switch(name), reset(), status(), stream(order) and close(id) as far as it says so in its features;
// switch and reset refuse by a rejection.
export function serve(client) {
    const command = async (op, run) => {
        try {
            await run();
            say({ ev: 'done', op });
        } catch (error) {
            say({ ev: 'refused', op, why: reasonOf(error) });
        }
    };
    const handlers = {
        async start({ nodes, options }) {
            say({ ev: 'ready', features: await client.start(nodes, options ?? {}) });
        },
        async request(order) {
            try {
                say({ ev: 'response', id: order.id, ...(await client.request(order)) });
            } catch (error) {
                say({ ev: 'error', id: order.id, reason: reasonOf(error) });
            }
        },
        switch: (order) => command('switch', () => client.switch(order.name)),
        reset: () => command('reset', () => client.reset()),
        async status() {
            try {
                say({ ev: 'status', ...(await client.status()) });
            } catch (error) { // nobody's request depends on it
                console.error('status:', error);
            }
        },
        cancel: (order) => client.cancel?.(order.id),
        stream: (order) => client.stream?.(order),
        close: (order) => client.close?.(order.id),
        stop: () => process.exit(0),
    };
    const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
    lines.on('line', (line) => {
        const order = JSON.parse(line);
        if (!Object.hasOwn(handlers, order.op)) {
            return;
        }
        Promise.resolve(handlers[order.op](order)).catch((error) => {
            console.error(`${order.op}:`, error);
            process.exit(1);
        });
    });
    lines.on('close', () => process.exit(0));
}
