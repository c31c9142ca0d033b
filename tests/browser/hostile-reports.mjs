// Reports full of text that would like to be something else, made in three ways: by a scenario that says it
// wherever one may say anything, by editing a report, and by a client that is a program, in a real run.
//
// The first two come as twins. Where one has a hostile text, the other has a harmless word; what is made of
// them must differ in nothing else.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bascule, folder as pagesFolder, program, readReport, writeReport } from './pages.mjs';

export const folder = join(pagesFolder, 'hostile');
const protocol = fileURLToPath(new URL('../../clients/common/bascule.mjs', import.meta.url));

// ---- The texts ----

const harmless = 'HARMLESS';
const printable = [
    '<script>window.broken=1</script>', '"><img src=x onerror="window.broken=1">', "'onclick='window.broken=1",
    '`&lt;&#60;&\\"]]>-->', '</script></style></title></textarea><!--', '{{x}}${x}%s%n',
    '|[a](javascript:window.broken=1)*_~@all',
].join('');
const misleadingOnes = '\u0001\u0008\u001b[31m\u007f\u0085\u200f\u202e\u2028\u2066\ufeff\uffff';
const hostile = `${printable}${misleadingOnes}😀é${'w'.repeat(400)}\ttab`;
// What a path of a request can take of it, and what the name of a file can.
const inPath = printable.replaceAll(/[ #\\]/g, '');
const inFileName = '\u0001\u001b[31m\u007f\u202e<script>window.broken=1<script>'
    + '"><img src=x onerror="window.broken=1">\'`&lt;\\]]>--><style>|${x}%s😀';

const misleading = new RegExp('[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200e\\u200f\\u2028-\\u202e'
    + '\\u2066-\\u2069\\ufeff\\ufffe\\uffff]', 'gu');
// Characters that move a cursor, or others around them.
export const misleadersIn = (text) => text.match(misleading) ?? [];
// As it is shown: '?' or U+FFFD stands for what misleads; here '?' for both.
export const shown = (text) => text.replaceAll(misleading, '?').replaceAll('\ufffd', '?');
// What the harmless twin says, as the hostile one has to say it.
export const withHostile = (text) => shown(text.replaceAll(`${harmless}PATH`, inPath)
    .replaceAll(`${harmless}FILE`, inFileName).replaceAll(harmless, hostile));

const twins = {
    hostile: { text: hostile, path: inPath, fileName: inFileName },
    harmless: { text: harmless, path: `${harmless}PATH`, fileName: `${harmless}FILE` },
};

// ---- A scenario ----

// In YAML, between double quotes.
const quoted = (text) => JSON.stringify(text).replaceAll(/[\u007f-\u009f\u200e-\u206f\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

// The fault hits nothing, for no query is a path.
const scenarioOf = ({ text, path }) => `# Before the rest.
name: hostile
description: ${quoted(text)}
x-free: [${quoted(text)}]
seed: 1
warmup: 0s
duration: 4s
known_issue: {why: ${quoted(text)}, fails: [failed_requests]}
client: {profile: none}
traffic:
  rate: 50/s
  requests:
    - {method: GET, path: ${quoted(`/api/raft/status?${path}`)}}
faults:
  - {at: 2s, for: 1s, respond: primary, status: 503, path: ${quoted(`/api/raft/status?${path}`)}}
expect: {failed_requests: == 0}
`;

// Runs in the folder of a twin, so that all is called alike. Returns what a terminal was told.
function simulate(place, texts) {
    mkdirSync(join(place, 'scenarios'), { recursive: true });
    writeFileSync(join(place, 'scenarios', `${texts.fileName}.yaml`), scenarioOf(texts));
    return bascule([3], ['simulate', '--report', '-o', 'simulated', '--set',
        `description=${quoted(texts.text)}`, 'scenarios'], { cwd: place });
}

// ---- An edited report ----

// Members that hold no words of the report's own, wherever they stand.
const free = new Set(['text', 'why', 'file', 'os', 'kernel', 'version', 'commit', 'code', 'refused', 'said',
    'path', 'url', 'settings', 'started_at']);

function edited(report, text) {
    const names = new Set(report.runs.flatMap((run) =>
        [...run.nodes.map(({ name }) => name), ...run.faults.map(({ id }) => id)]));
    const isName = (word) => names.has(word) || (word.startsWith('share.') && names.has(word.slice(6)));
    const rename = (word) => isName(word) ? `${word} ${text}` : word;
    const edit = (value, key) => {
        if (typeof value === 'string') {
            return free.has(key) ? `${value} ${text}` : rename(value);
        }
        if (Array.isArray(value)) {
            return value.map((item) => edit(item, key));
        }
        if (value !== null && typeof value === 'object') {
            return Object.fromEntries(Object.entries(value)
                .map(([name, inner]) => [rename(name), edit(inner, name)]));
        }
        return value;
    };
    const result = edit(report, '');
    result.scenario.name = `${report.scenario.name} ${text}`;
    result.known_issue = { why: text, fails: [text] };
    result.reasons = [{ code: `harness_late ${text}`, text }];
    result.runs[0].reasons = result.reasons;
    result.expectations[0].why = text;
    result.scenario.settings = [`description=${text}`];
    result.scenario.sha256 = createHash('sha256').update(result.scenario.text).digest('hex');
    return result;
}

const original = (name) => readReport(join(pagesFolder, `${name}.json`));

function edit(place, { text, fileName }) {
    mkdirSync(join(place, 'edited'));
    writeReport(join(place, 'edited', 'told.json'), edited(original('told'), text));
    writeReport(join(place, 'edited', `${fileName}.json`), edited(original('with-a-rerun'), text));
}

// ---- A client in a real run ----

// It says it of a node and of an order, and at last in a line that is none, with bytes that are no UTF-8.
const client = `
import { say, serve } from ${JSON.stringify(protocol)};
const why = ${JSON.stringify(hostile)};
let answered = 0;
serve({
    async start() {
        return ['status', 'switch', 'telemetry'];
    },
    async request() {
        answered += 1;
        if (answered === 30) {
            say({ ev: 'node', name: 'primary', state: 'failed', why });
        }
        if (answered === 60) {
            process.stdout.write(Buffer.concat([Buffer.from(why), Buffer.from([0xff, 0xc0, 0x80, 0x0a])]));
        }
        return { status: 200, node: 'primary' };
    },
    async switch() {
        throw new Error(why);
    },
    async status() {
        return { active: 'primary', nodes: [{ name: 'primary', state: 'healthy', latency_ms: 1 }] };
    },
});
`;

const realScenario = `name: real
seed: 1
warmup: 200ms
duration: 4s
client: {exec: [${JSON.stringify(process.execPath)}, client.mjs], options: {text: ${quoted(hostile)}}}
traffic: {rate: 20/s}
faults:
  - {at: 2s, switch_to: backup-1}
expect: {failed_requests: == 0}
`;

const isFree = (port) => new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
});

// The first of three ports in a row, below those that the system gives away.
async function freePorts() {
    for (;;) {
        const first = 10000 + Math.floor(Math.random() * 22000);
        const free = await Promise.all([0, 1, 2].map((i) => isFree(first + i)));
        if (free.every(Boolean)) {
            return first;
        }
    }
}

// Beside everything else: it takes its time. Resolves to {status, said, place}.
async function runForReal() {
    const place = join(folder, 'real');
    mkdirSync(place);
    writeFileSync(join(place, 'client.mjs'), client);
    writeFileSync(join(place, 'real.yaml'), realScenario);
    const run = spawn(program, ['run', '-o', place, '--format', 'html,junit,markdown',
        '--port-base', String(await freePorts()), place]);
    let said = '';
    for (const stream of [run.stdout, run.stderr]) {
        stream.on('data', (data) => { said += data; });
    }
    return new Promise((resolve, reject) => {
        run.on('error', reject);
        run.on('close', (status) => resolve({ status, said, place }));
    });
}

// ---- All of them, in every format ----

// A byte that is no UTF-8 in the name of a file, which a report has to name all the same.
function simulateBadName() {
    const place = join(folder, 'bytes');
    mkdirSync(join(place, 'scenarios'), { recursive: true });
    writeFileSync(Buffer.concat([Buffer.from(`${place}/scenarios/bad-`), Buffer.from([0xff, 0xc3]),
        Buffer.from('-name.yaml')]), scenarioOf(twins.harmless));
    bascule([3], ['simulate', '-o', 'simulated', '--format', 'html', 'scenarios'], { cwd: place });
    return join(place, 'simulated', 'hostile.html');
}

export function makeHostileReports() {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const told = [];
    for (const [twin, texts] of Object.entries(twins)) {
        const place = join(folder, twin);
        told.push(simulate(place, texts));
        edit(place, texts);
        for (const kind of ['simulated', 'edited']) {
            bascule([0], ['render', '--format', 'html', kind], { cwd: place });
            for (const format of ['junit', 'markdown', 'text']) {
                bascule([0], ['render', '--format', format, '-o', `${kind}.${format}`, kind], { cwd: place });
            }
            writeFileSync(join(place, kind, 'history.html'),
                bascule([0], ['history', '--format', 'html', kind], { cwd: place }));
        }
    }
    return { told: told.join(''), badName: simulateBadName(), real: runForReal() };
}

// The pages of a twin: {title, path, report}, the latter only where the page is about one.
export function pagesOf(twin, kind) {
    const at = (name) => join(folder, twin, kind, name);
    const one = (title, name) => ({ title, path: at(`${name}.html`), report: at(`${name}.json`) });
    const many = ['index', 'history'].map((title) => ({ title, path: at(`${title}.html`) }));
    return kind === 'simulated' ? [one('a report', 'hostile'), ...many]
        : [one('a report', 'told'), one('a report of many runs', twins[twin].fileName), ...many];
}

export const formatPath = (twin, kind, format) => join(folder, twin, `${kind}.${format}`);
