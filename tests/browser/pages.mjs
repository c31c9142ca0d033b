// The pages that the tests look at: made by bascule itself, from scenarios in virtual time and from the
// committed example of a real run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
export const folder = join(process.env.BUILD, 'browser', 'pages');
export const program = join(process.env.BUILD, 'bascule');

const shipped = [
    'gate/kill-primary', // passes
    'gate/chaos-resilient', // many faults at random
    'gate/flapping-primary', // a fault with many phases
    'gate/partition-minority', // a fault of the network
    'findings/apiservice-streams', // fails as known
    'canary/none-killed', // must fail
];

// Runs bascule with one of the statuses.
export function bascule(statuses, words, options = {}) {
    const result = spawnSync(program, words, { encoding: 'utf8', ...options });
    assert.ok(statuses.includes(result.status), `bascule ${words.join(' ')}: exit ${result.status
        ?? result.error}\n${result.stdout}${result.stderr}`);
    return result.stdout;
}

export const readReport = (path) => JSON.parse(readFileSync(path, 'utf8'));

// Writes a report that bascule takes for one of its own.
export function writeReport(path, report) {
    writeFileSync(path, JSON.stringify(report));
    const { status, stderr } = spawnSync('/usr/bin/python3', [join(root, 'tests/tools/seal.py'), path],
        { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
}

// A run that noise spoiled, and its rerun, as only real runs have them.
function addRerun(report) {
    const [spoiled] = report.runs;
    spoiled.verdict = 'inconclusive';
    spoiled.reasons = [{ code: 'harness_late', text: 'a request was sent 70 ms after it was due' }];
    report.runs.push({ ...structuredClone(report.runs[1]), index: report.runs.length, rerun_of: 0,
        seed: spoiled.seed });
    report.scenario.name = 'with-a-rerun';
}

function writeHistory(example) {
    const days = join(folder, 'days');
    mkdirSync(days);
    const figures = [180, 900, 'unrecovered', 1004, 1100, 400, 950];
    figures.forEach((switchover, day) => {
        const report = structuredClone(example);
        report.started_at = `2026-05-0${day + 1}T09:15:02.117Z`;
        report.verdict = typeof switchover === 'number' && switchover < 1100 ? 'pass' : 'fail';
        for (const run of report.runs) {
            for (const disturbance of run.disturbances) {
                disturbance.switchover_ms = switchover;
            }
        }
        report.summary.switchover.max = switchover;
        writeReport(join(days, `day-${day}.json`), report);
    });
}

// [{name, path, report}]; without a report: a page about many.
export function makePages() {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const scenarios = shipped.map((name) => join('scenarios', `${name}.yaml`));
    bascule([1], ['simulate', '--seed', '1', '--report', '-o', folder, ...scenarios,
        'tests/browser/scenarios'], { cwd: root });
    const example = join(root, 'reports/example/hang-then-kill.json');
    copyFileSync(example, join(folder, basename(example)));
    const rerun = readReport(example);
    addRerun(rerun);
    writeReport(join(folder, 'with-a-rerun.json'), rerun);
    bascule([0], ['render', '--format', 'html', folder]);
    writeHistory(readReport(example));
    writeFileSync(join(folder, 'history.html'),
        bascule([0], ['history', '--format', 'html', join(folder, 'days'), folder]));
    return readdirSync(folder).filter((file) => file.endsWith('.html')).map((file) => {
        const name = basename(file, '.html');
        const path = join(folder, file);
        return name === 'index' || name === 'history' ? { name, path }
            : { name, path, report: readReport(join(folder, `${name}.json`)) };
    });
}
