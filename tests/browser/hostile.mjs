// Text of others is text: whatever a scenario, the name of a file, a client or an edited report says, it becomes
// neither an element nor a script, and what is shown is what was given.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closePage, desktop, onPage, openPage, phone } from './browser.mjs';
import { folder, formatPath, makeHostileReports, pagesOf } from './hostile-reports.mjs';
import { misleadersIn, shown, withHostile } from './hostile-reports.mjs';
import { folder as pagesFolder, program, readReport } from './pages.mjs';

const junitRules = fileURLToPath(new URL('../tools/junit.xsd', import.meta.url));
const read = (path) => readFileSync(path, 'utf8');
const isClean = (text) => assert.deepEqual(misleadersIn(text), [], text);
// A page is not to hide behind its own policy, which would stop a script that got through.
const unprotected = { bypassCSP: true };

// ---- What a page is made of ----

// Elements with their attributes; with what these say, where it is no text of others. Runs in the page.
function skeletonOf() {
    const texts = ['aria-label', 'title', 'data-node', 'data-states', 'data-believed', 'data-words', 'href'];
    return [...document.querySelectorAll('*')].map((element) => [element.tagName, ...[...element.attributes]
        .map(({ name, value }) => texts.includes(name) ? name : `${name}=${value}`)].join(' '));
}

// All texts but those that are written otherwise where the text is another: the scenario's, commands, hashes.
// Runs in the page.
function textsOf() {
    const spoken = ['aria-label', 'title', 'data-node', 'data-words'];
    const attributes = [...document.querySelectorAll('*')].flatMap((element) => [...element.attributes])
        .filter(({ name }) => spoken.includes(name)).map(({ value }) => value);
    const texts = [document.querySelector('title'), ...document.body.querySelectorAll('*')]
        .filter((element) => element.closest('#scenario, #replay, script') === null)
        .flatMap((element) => [...element.childNodes])
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.data.replaceAll(/\b[0-9a-f]{64}\b/g, ''));
    return [...attributes, ...texts];
}

// Runs in the page.
function sourceOf() {
    return [...document.querySelectorAll('#scenario code')].map((element) => element.textContent);
}

const ask = (path, question) => onPage(path, unprotected, (page) => page.evaluate(question));

async function areTwins(hostile, harmless) {
    assert.deepEqual(await ask(hostile.path, skeletonOf), await ask(harmless.path, skeletonOf));
    const given = await ask(hostile.path, textsOf);
    given.forEach(isClean);
    assert.deepEqual(given.map(shown), (await ask(harmless.path, textsOf)).map(withHostile));
}

async function showsItsSource({ path, report }) {
    const { scenario } = readReport(report);
    const given = await ask(path, sourceOf);
    const settings = scenario.settings.map((setting) => `--set ${setting}`);
    given.forEach(isClean);
    assert.deepEqual(given.map(shown), [scenario.file, ...settings, scenario.text].map(shown));
}

// Runs in the page.
function lookForHarm() {
    for (const fold of document.querySelectorAll('details')) {
        fold.open = true;
    }
    const foreign = 'img, iframe, object, embed, form, input, base, link:not([rel="icon"])';
    const attributes = [...document.querySelectorAll('*')].flatMap((element) => [...element.attributes]);
    const links = [...document.links].map((link) => link.getAttribute('href'));
    return {
        broken: 'broken' in window,
        foreign: document.querySelectorAll(foreign).length,
        scripts: document.scripts.length,
        styles: document.styleSheets.length,
        handlers: attributes.filter(({ name }) => name.startsWith('on')).length,
        links: links.filter((link) => !link.startsWith('#') && !link.startsWith('./')),
        width: document.scrollingElement.scrollWidth,
    };
}

const noHarm = { broken: false, foreign: 0, scripts: 1, styles: 1, handlers: 0, links: [], width: phone.width };

async function staysQuiet(path) {
    const page = await openPage(path, { ...unprotected, viewport: phone });
    assert.deepEqual(await page.evaluate(lookForHarm), noHarm);
    // The script reads what stands in attributes.
    await page.setViewportSize(desktop);
    for (const lane of await page.locator('.row-lane .track').filter({ visible: true }).all()) {
        await lane.hover();
        const said = await page.locator('.probe').filter({ visible: true }).first().textContent();
        assert.match(said, / is |believed/);
        isClean(said);
    }
    assert.equal(await page.evaluate(() => 'broken' in window), false);
    const { complaints } = page.watch;
    await closePage(page);
    assert.deepEqual(complaints, []);
}

function testPages(kind) {
    const harmless = pagesOf('harmless', kind);
    pagesOf('hostile', kind).forEach((page, i) => {
        test(`hostile text, ${kind}: ${page.title} shows it as it is, and has no element of it`, async () => {
            await areTwins(page, harmless[i]);
            if (page.report !== undefined) {
                await showsItsSource(page);
            }
        });
        test(`hostile text, ${kind}: ${page.title} runs none of it, and keeps its width`, async () => {
            await staysQuiet(page.path);
        });
    });
}

function testLinks() {
    test('hostile text: the index leads to pages with such names', async () => {
        const [, , index] = pagesOf('hostile', 'edited');
        const links = await ask(index.path, () =>
            [...document.querySelectorAll('#reports a')].map(({ href }) => href));
        assert.equal(links.length, 2);
        for (const link of links) {
            assert.ok(existsSync(fileURLToPath(link)), link);
        }
    });
}

// ---- Other formats ----

// Elements and attributes of XML, and all its texts. Runs in a page, which has a parser.
function readXml(source) {
    const root = new DOMParser().parseFromString(source, 'application/xml').documentElement;
    const elements = [root, ...root.querySelectorAll('*')];
    const texts = elements.flatMap((element) => [...element.childNodes])
        .filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data);
    return {
        made: elements.map((element) => [element.tagName, ...element.getAttributeNames()].join(' ')),
        said: [...elements.flatMap((element) => [...element.attributes]).map(({ value }) => value), ...texts],
    };
}

const marks = new RegExp([
    '</?[a-zA-Z!][^ >]*', // HTML
    '(?<!\\\\)\\|', // cells
    '^ *(#+|[-*+>]|\\d+\\.) ', // headings, lists, quotations
    '[`*_~[\\]\\\\]', '@', '://', // code, stress, links, mentions
].join('|'), 'g');

// What means something to Markdown, line by line; blocks of code are passed over.
function marksOf(markdown) {
    let fence = null;
    return markdown.split('\n').map((line) => {
        const [ticks] = line.match(/^`{3,}/) ?? [null];
        if (fence === null ? ticks !== null : ticks === fence) {
            fence = fence === null ? ticks : null;
            return 'fence';
        }
        return fence === null ? (line.match(marks) ?? []).join(' ') : '';
    });
}

function keepsJunitRules(source) {
    const words = ['--noout', '--schema', junitRules, '-'];
    const { status, stderr } = spawnSync('xmllint', words, { input: source });
    assert.equal(status, 0, String(stderr));
}

const atOnce = (text) => text.replaceAll(/\s+/g, ' ');

function testFormats(kind) {
    const both = (format) => ['hostile', 'harmless'].map((twin) => read(formatPath(twin, kind, format)));

    test(`hostile text, ${kind}: JUnit says it as it is, keeps its rules and has no element of it`, async () => {
        const sources = both('junit');
        isClean(sources[0]);
        keepsJunitRules(sources[0]);
        const { path } = pagesOf('harmless', kind)[0];
        const [given, plain] = await onPage(path, {}, (page) =>
            Promise.all(sources.map((source) => page.evaluate(readXml, source))));
        assert.deepEqual(given.made, plain.made);
        assert.deepEqual(given.said.map(shown).map(atOnce), plain.said.map(withHostile).map(atOnce));
    });
    test(`hostile text, ${kind}: Markdown has no mark of it`, () => {
        const [given, plain] = both('markdown');
        isClean(given);
        assert.deepEqual(marksOf(given), marksOf(plain));
    });
    test(`hostile text, ${kind}: a terminal is told no control character`, () => {
        const [given] = both('text');
        assert.ok(given.includes('<script>'));
        isClean(given);
    });
}

// ---- What comes from elsewhere ----

function testReal(real) {
    test('hostile text, of a client in a real run: it arrives, is shown and runs nothing', async () => {
        const { status, said, place } = await real;
        // A busy machine may be in doubt.
        assert.ok(status === 1 || status === 3, said);
        isClean(said);
        const { runs: [run], reasons } = readReport(join(place, 'real.json'));
        const { believed } = run.nodes[0];
        assert.ok(believed.some(({ why }) => why.includes('<script>')), JSON.stringify(believed));
        assert.ok(reasons.some(({ text }) => text.includes('<script>')), JSON.stringify(reasons));
        const page = join(place, 'real.html');
        await staysQuiet(page);
        const told = await onPage(page, {}, (opened) => opened.locator('#reasons').textContent());
        for (const { text } of reasons) {
            assert.ok(shown(told).includes(shown(text)), told);
        }
        for (const file of ['real.html', 'real.xml', 'real.md']) {
            isClean(read(join(place, file)));
        }
        keepsJunitRules(read(join(place, 'real.xml')));
    });
}

function testBadName(path) {
    test('hostile text: a file whose name is no UTF-8 is named with a sign for each such byte', async () => {
        assert.equal((await ask(path, sourceOf))[0], 'scenarios/bad-\ufffd\ufffd-name.yaml');
    });
}

// What is no text at all comes from no run: somebody wrote it.
function testNoText() {
    const ways = {
        'half a surrogate pair': '\\ud800',
        'a zero': '\\u0000',
        'a byte that is no UTF-8': Buffer.from([0xff]),
    };
    for (const [what, bytes] of Object.entries(ways)) {
        test(`hostile text: ${what} in a report is refused, with its place`, () => {
            const text = readFileSync(join(pagesFolder, 'told.json'));
            const at = text.indexOf('"told"') + '"told'.length;
            const line = text.subarray(0, at).toString().split('\n').length;
            const file = join(folder, 'no-text.json');
            writeFileSync(file, Buffer.concat([text.subarray(0, at), Buffer.from(bytes), text.subarray(at)]));
            for (const format of ['html', 'junit', 'markdown', 'text']) {
                const { status, stdout, stderr } = spawnSync(program, ['render', '--format', format, file],
                    { encoding: 'utf8' });
                assert.equal(status, 2);
                assert.equal(stdout, '');
                assert.match(stderr, new RegExp(`no-text\\.json:${line}:\\d+: error: `));
            }
        });
    }
}

export function testHostile() {
    const { told, badName, real } = makeHostileReports();

    test('hostile text: a terminal that watches a run is told no control character', () => isClean(told));
    for (const kind of ['simulated', 'edited']) {
        testPages(kind);
        testFormats(kind);
    }
    testLinks();
    testBadName(badName);
    testNoText();
    testReal(real);
}
