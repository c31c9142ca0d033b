// Drives an API service module of a web application as it is (README.md).
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { say, serve } from '../common/bascule.mjs';
import { environment, loadModule, prepareGlobals, watch } from './browser.mjs';

const DEFAULTS = {
    module: fileURLToPath(new URL('sample/apiService.ts', import.meta.url)),
    export: undefined, // by default the one that has the method of requests
    request: 'fetchWithFailover',
    status: 'getNodesHealthStatus',
    switch: 'switchToNode',
    switch_by: 'index', // or name, url
    reset: 'resetFailedNodes',
    stream: 'openEventStream',
    poll_ms: 1000, // 0: no telemetry
    fields: { url: 'url', healthy: 'isHealthy', current: 'isCurrent', latency_ms: 'responseTime' },
    env: {},
};

// NAME=VALUE on the command line too, for `bascule client-check`.
const words = Object.fromEntries(process.argv.slice(2).map((word) => word.split(/=(.*)/s, 2)));

let options, nodes, service;
const streams = new Map();
const believed = new Map();
let active;

const nodeOf = (url) => nodes.find((node) => url === node.url || url?.startsWith(`${node.url}/`));
const can = (name) => typeof service[options[name]] === 'function';
const call = (name, ...words) => service[options[name]](...words);

// An instance, or a class of which one is made.
function findService(exports) {
    const candidates = options.export ? [exports[options.export]] : Object.values(exports);
    for (const found of candidates) {
        if (typeof found?.[options.request] === 'function') {
            return found;
        }
        if (typeof found?.prototype?.[options.request] === 'function') {
            return new found();
        }
    }
    throw new Error(`no export of ${options.module} has a method ${options.request}`);
}

async function start(given, wanted) {
    nodes = given;
    options = { ...DEFAULTS, ...words, ...wanted, fields: { ...DEFAULTS.fields, ...wanted.fields } };
    prepareGlobals();
    service = findService(await loadModule(options.module, { ...environment(nodes), ...options.env }));
    const features = ['status', 'switch', 'reset'].filter(can);
    if (can('stream')) {
        features.push('streams');
    }
    if (can('status') && options.poll_ms > 0) {
        features.push('telemetry');
        setTimeout(poll, 0);
    }
    return features;
}

async function request({ method, path, headers, body }) {
    const caller = { path, requestId: headers['X-Request-Id'] };
    const told = () => ({ attempts: caller.attempts, node: nodeOf(caller.url)?.name });
    try {
        const answer = await watch(caller, () => call('request', path, { method, headers, body }));
        if (!(answer instanceof Response) || answer.bodyUsed) {
            return { status: answer?.status ?? caller.status, ...told() }; // it took the answer apart
        }
        const bytes = Buffer.from(await answer.arrayBuffer());
        const digest = createHash('sha256').update(bytes).digest('hex');
        return { status: answer.status, body_sha256: digest, ...told() };
    } catch (error) {
        if (caller.status >= 400) { // it turns an answer into an exception
            return { status: caller.status, ...told() };
        }
        throw error;
    }
}

async function status() {
    const { fields } = options;
    const told = (await call('status')).map((node, index) => ({
        ...node,
        name: (fields.url in node ? nodeOf(node[fields.url]) : nodes[index])?.name,
    })).filter((node) => node.name !== undefined); // it may have addresses of its own besides
    return {
        active: (told.find((node) => node[fields.current]) ?? told[0])?.name,
        nodes: told.map((node) => ({
            name: node.name,
            state: node[fields.healthy] ? 'healthy' : 'failed',
            latency_ms: node[fields.latency_ms] ?? null,
        })),
    };
}

// The module calls nobody back, so its status is asked again and again, and changes are told.
async function poll() {
    try {
        const now = await status();
        for (const { name, state } of now.nodes) {
            if (state !== (believed.get(name) ?? 'healthy')) {
                say({ ev: 'node', name, state, why: 'status' });
            }
            believed.set(name, state);
        }
        if (active !== undefined && now.active !== active) {
            say({ ev: 'active', name: now.active });
        }
        active = now.active;
    } catch (error) {
        console.error('status:', error);
    }
    setTimeout(poll, options.poll_ms);
}

async function switchTo(name) {
    const index = nodes.findIndex((node) => node.name === name);
    const word = { index, name, url: nodes[index]?.url }[options.switch_by];
    if ((await call('switch', word)) === false) {
        throw new Error(`${options.switch} returned false`);
    }
}

// The method returns an EventSource.
function stream({ id, path, kind }) {
    if (kind !== 'sse') {
        say({ ev: 'closed', id, why: 'only sse' });
        return;
    }
    const source = call('stream', path);
    streams.set(id, source);
    source.addEventListener('message', (event) =>
        say({ ev: 'event', id, event: event.lastEventId, node: nodeOf(source.url)?.name }));
    source.addEventListener('error', () => {
        if (source.readyState === 2 && streams.delete(id)) {
            say({ ev: 'closed', id, why: 'EventSource gave up' });
        }
    });
}

function close(id) {
    streams.get(id)?.close();
    streams.delete(id);
}

serve({ start, request, status, switch: switchTo, reset: () => call('reset'), stream, close });
