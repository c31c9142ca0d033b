// Drives the node pool of @elastic/transport, with its defaults (README.md).
import { createHash } from 'node:crypto';
import { ClusterConnectionPool, Serializer, Transport, UndiciConnection } from '@elastic/transport';
import { say, serve } from '../common/bascule.mjs';

let nodes, pool, transport;
const underWay = new Map();

const nameOf = (connection) => connection?.url && nodes.find(
    (node) => new URL(node.url).href === connection.url.href)?.name;

// The pool's own decisions, told as they are taken.
class ToldPool extends ClusterConnectionPool {
    #tell(connection, state, change) {
        const before = connection.status;
        change();
        if (connection.status !== before) {
            say({ ev: 'node', name: nameOf(connection), state, why: 'pool' });
        }
        return this;
    }
    markDead(connection) {
        return this.#tell(connection, 'failed', () => super.markDead(connection));
    }
    markAlive(connection) {
        return this.#tell(connection, 'healthy', () => super.markAlive(connection));
    }
}

// The text of an answer as it came, whatever it is.
class PlainSerializer extends Serializer {
    deserialize(text) {
        return text;
    }
}

// options: those of Transport (maxRetries, requestTimeout, retryOnTimeout ...), and in `pool` those of the
// pool (resurrectStrategy, pingTimeout).
async function start(given, options) {
    nodes = given;
    pool = new ToldPool({ Connection: UndiciConnection, ...options.pool });
    pool.addConnection(nodes.map((node) => node.url));
    transport = new Transport({ ...options, connectionPool: pool, serializer: new PlainSerializer() });
    return ['cancel', 'status', 'telemetry'];
}

function answerOf({ statusCode, body, meta }) {
    return {
        status: statusCode,
        body_sha256: createHash('sha256').update(body ?? '').digest('hex'),
        node: nameOf(meta.connection),
        attempts: meta.attempts + 1,
    };
}

async function request({ id, method, path, headers, body }) {
    const giveUp = new AbortController();
    underWay.set(id, giveUp);
    const [bare, querystring] = path.split(/\?(.*)/s);
    try {
        const options = { headers, meta: true, signal: giveUp.signal };
        return answerOf(await transport.request({ method, path: bare, querystring, body }, options));
    } catch (error) {
        if (error.meta?.statusCode) { // an answer of 4xx or 5xx is an exception there
            return answerOf(error.meta);
        }
        throw Object.assign(new Error(`${error.name}: ${error.message}`), { code: error.name });
    } finally {
        underWay.delete(id);
    }
}

// It spreads load, so no node is the active one; the first that is alive stands for it.
async function status() {
    const list = pool.connections.map((connection) => ({
        name: nameOf(connection),
        state: connection.status === 'alive' ? 'healthy' : 'failed',
        latency_ms: null,
    }));
    const alive = list.find((node) => node.state === 'healthy') ?? list[0];
    return { active: alive.name, nodes: list };
}

serve({ start, request, status, cancel: (id) => underWay.get(id)?.abort() });
