// The pages as a printer gets them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { onPage } from './browser.mjs';
import { folder } from './pages.mjs';

const margin = { top: '10mm', bottom: '10mm', left: '10mm', right: '10mm' };
const hasReader = spawnSync('pdftotext', ['-v']).error === undefined;

function read(file, option) {
    const { status, stdout } = spawnSync('pdftotext', [option, file, '-'],
        { encoding: 'utf8', maxBuffer: 1 << 26 });
    assert.equal(status, 0, `pdftotext cannot read ${file}`);
    return stdout;
}

// Words that stick out of their sheet.
function wordsBeyond(boxes) {
    const beyond = [];
    let width = 0;
    for (const line of boxes.split('\n')) {
        const sheet = line.match(/<page width="([\d.]+)"/);
        const word = line.match(/xMin="([-\d.]+)" .*xMax="([\d.]+)".*>(.*)<\/word>/);
        width = sheet ? Number(sheet[1]) : width;
        if (word && (Number(word[1]) < 0 || Number(word[2]) > width)) {
            beyond.push(`${word[3]}: ${word[1]} to ${word[2]} of ${width}`);
        }
    }
    return beyond;
}

// The last is folded away on a screen.
const wordsOf = (report) => [report.scenario.name, report.verdict.toUpperCase(), 'Expectations', 'Nodes',
    'Environment', 'bascule replay', ...report.expectations.map(({ metric }) => metric),
    ...report.runs[0].nodes.map(({ name }) => name), 'attempts_per_request'];

export function testPaper(pages) {
    for (const name of ['hang-then-kill', 'minute', 'index', 'history']) {
        const skip = hasReader ? false : 'pdftotext is not installed';
        test(`paper: ${name} as PDF has all its words, and none beyond the edge`, { skip }, async () => {
            const { path, report } = pages.get(name);
            const file = join(folder, `${name}.pdf`);
            await onPage(path, { colorScheme: 'dark' },
                (page) => page.pdf({ path: file, format: 'A4', margin }));
            assert.deepEqual(wordsBeyond(read(file, '-bbox')), []);
            const text = read(file, '-layout');
            const wanted = report === undefined ? ['kill-primary', 'PASS', 'FAIL'] : wordsOf(report);
            assert.deepEqual(wanted.filter((word) => !text.includes(word)), []);
        });
    }
}
