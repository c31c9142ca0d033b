// The browser, and pages opened in it under watch: whatever a page does that a report must not do is noted.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(join(process.env.BUILD, 'browser', 'package.json'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const desktop = { width: 1280, height: 900 };
export const phone = { width: 390, height: 844 };
// What is left of an A4 sheet between its margins, in CSS pixels.
export const sheet = { width: 718, height: 1047 };

let browser;

export async function startBrowser() {
    browser = await chromium.launch({
        executablePath: process.env.CHROMIUM,
        args: [
            '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
            '--disable-background-networking', '--disable-component-update', '--disable-sync',
            '--hide-scrollbars',
        ],
    });
}

export async function stopBrowser() {
    await browser?.close();
}

// Pages that are not in use, by their options: a new one takes longer than all that is done in it.
const idle = new Map();

// Compared as paths: there is more than one way to write an address.
const isFile = (address, path) => address.startsWith('file:') && fileURLToPath(address) === path;

async function newPage(options) {
    const context = await browser.newContext({ viewport: desktop, ...options });
    const page = await context.newPage();
    const watch = { path: '', complaints: [] };
    const complain = (what) => watch.complaints.push(what);
    await context.route('**', (route) => {
        const asked = route.request().url();
        if (isFile(asked, watch.path)) {
            return route.continue();
        }
        complain(`asked for ${asked}`);
        return route.abort();
    });
    page.on('console', (message) => complain(`console: ${message.text()}`));
    page.on('pageerror', (error) => complain(`error: ${error}`));
    page.on('dialog', (dialog) => {
        complain(`dialog: ${dialog.message()}`);
        return dialog.dismiss();
    });
    page.on('websocket', (socket) => complain(`opened ${socket.url()}`));
    page.on('popup', () => complain('opened a window'));
    return Object.assign(page, { watch, options });
}

// A page whose `watch.complaints` are its errors, dialogs, and requests for anything but the page itself, none of
// which is let out. Options are those of a browser context. It is given back by closePage.
export async function openPage(path, options = {}) {
    const page = idle.get(JSON.stringify(options))?.pop() ?? await newPage(options);
    Object.assign(page.watch, { path, complaints: [] });
    await page.goto(pathToFileURL(path).href);
    return page;
}

export async function closePage(page) {
    const key = JSON.stringify(page.options);
    await page.emulateMedia({ media: null, colorScheme: page.options.colorScheme ?? null });
    await page.setViewportSize(page.options.viewport ?? desktop);
    await page.mouse.move(0, 0);
    idle.set(key, [...idle.get(key) ?? [], page]);
}

export async function onPage(path, options, look) {
    const page = await openPage(path, options);
    try {
        return await look(page);
    } finally {
        await closePage(page);
    }
}

// ---- axe ----

const rules = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] };
// By far the slowest; another width changes no colour.
const withoutColours = { 'color-contrast': { enabled: false } };
// Those whose answer another style sheet can change.
const rulesOfStyle = {
    type: 'rule', values: ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable'],
};

async function axe(page, options) {
    if (!(await page.evaluate(() => 'axe' in window))) {
        await page.evaluate(axeSource);
        // Runs that are not picked cannot be seen, but take most of the time.
        await page.evaluate(() => document.querySelectorAll('details.run[hidden]').forEach((run) => run.remove()));
    }
    const { violations } = await page.evaluate(
        (given) => window.axe.run({ ...given, resultTypes: ['violations'] }), options);
    return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(
        ({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}: ${failureSummary.split('\n')[1]}`));
}

export const axeOfAll = (page) => axe(page, { runOnly: rules });
export const axeOfStructure = (page) => axe(page, { runOnly: rules, rules: withoutColours });
export const axeOfStyle = (page) => axe(page, { runOnly: rulesOfStyle });

export async function openFolds(page) {
    await page.evaluate(() => {
        for (const fold of document.querySelectorAll('details')) {
            fold.open = true;
        }
    });
}
