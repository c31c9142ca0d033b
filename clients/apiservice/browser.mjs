// What a module that was written for a browser and Vite finds around it: the bundle with its
// `import.meta.env`, localStorage in memory, EventSource, and a fetch that is watched.
import { AsyncLocalStorage } from 'node:async_hooks';
import { build } from 'esbuild';
import { EventSource } from 'eventsource';

const REQUEST_ID = 'X-Request-Id';
const plainFetch = globalThis.fetch;
const current = new AsyncLocalStorage();

class MemoryStorage {
    #items = new Map();
    get length() {
        return this.#items.size;
    }
    key = (index) => [...this.#items.keys()][index] ?? null;
    getItem = (key) => this.#items.get(String(key)) ?? null;
    setItem = (key, value) => void this.#items.set(String(key), String(value));
    removeItem = (key) => void this.#items.delete(String(key));
    clear = () => this.#items.clear();
}

// Only a request for the path that the caller asked for is an attempt; others (probes, tokens) pass by.
async function watchedFetch(resource, init = {}) {
    const caller = current.getStore();
    const url = resource instanceof Request ? resource.url : String(resource);
    const options = { redirect: 'manual', ...init };
    if (!caller || !url.endsWith(caller.path)) {
        return plainFetch(resource, options);
    }
    const headers = new Headers(init.headers ?? (resource instanceof Request ? resource.headers : {}));
    if (!headers.has(REQUEST_ID) && caller.requestId) {
        headers.set(REQUEST_ID, caller.requestId);
    }
    caller.attempts++;
    caller.status = 0;
    const response = await plainFetch(resource, { ...options, headers });
    caller.status = response.status;
    caller.url = url;
    return response;
}

// Runs `call` for a caller { path, requestId }; in it are afterwards the number of attempts, and status
// and url of the last one, the status 0 if nobody answered it.
export function watch(caller, call) {
    Object.assign(caller, { attempts: 0, status: 0, url: '' });
    return current.run(caller, call);
}

function define(name, value) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

// Before the module runs: it may look at these when it is loaded.
export function prepareGlobals() {
    define('fetch', watchedFetch);
    define('EventSource', EventSource);
    define('localStorage', new MemoryStorage());
    define('sessionStorage', new MemoryStorage());
    define('window', globalThis);
    // A page lives on, too.
    process.on('unhandledRejection', (error) => console.error('unhandled:', error));
}

// What Vite sets itself, and what such applications read from `.env`.
export function environment(nodes) {
    const urls = nodes.map((node) => node.url);
    const sockets = urls.map((url) => `${url.replace(/^http/, 'ws')}/ws`);
    return {
        MODE: 'production', PROD: true, DEV: false, SSR: false, BASE_URL: '/',
        VITE_API_BASE_URL: urls[0], VITE_API_BACKUP_URLS: urls.slice(1).join(','),
        VITE_WS_URL: sockets[0], VITE_WS_BACKUP_URLS: sockets.slice(1).join(','),
    };
}

export async function loadModule(path, env) {
    const { outputFiles } = await build({
        entryPoints: [path],
        bundle: true,
        write: false,
        format: 'esm',
        platform: 'browser',
        logLevel: 'warning',
        define: { 'import.meta.env': JSON.stringify(env) },
        loader: { '.css': 'empty', '.svg': 'empty', '.png': 'empty' },
    });
    return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
