// What holds on every page, whatever is in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeOfAll, axeOfStructure, axeOfStyle } from './browser.mjs';
import { closePage, desktop, onPage, openFolds, openPage, phone, sheet } from './browser.mjs';
import { lookAtPaper, lookAtStructure, lookAtWidths, lookForMotion, lookForSigns, readPlainly } from './looks.mjs';

const none = (complaints) => assert.deepEqual(complaints, []);

function isComplete(seen, report) {
    assert.equal(seen.controls, 0, 'controls that do nothing without the script');
    assert.ok(seen.rows > 0, 'nothing but words');
    if (report === undefined) {
        return;
    }
    assert.ok(seen.verdict.includes(report.scenario.name), seen.verdict);
    assert.ok(seen.verdict.includes(report.verdict.toUpperCase()), seen.verdict);
    for (const { text } of report.reasons) {
        assert.ok(seen.verdict.includes(text), `${seen.verdict}: no '${text}'`);
    }
    assert.equal(seen.expectations, report.expectations.length);
    assert.equal(seen.scenario.trim(), report.scenario.text.trim());
    assert.match(seen.again, /^bascule (replay|run|simulate) /);
    if (report.runs.length > 0) {
        assert.match(seen.worst, /\S/);
        assert.ok(seen.drawn >= 3, 'no timeline');
        assert.ok(seen.nodes >= report.runs[0].nodes.length, 'nodes are missing');
    }
    if (report.runs.length > 1) {
        assert.ok(seen.runs > 1, 'the other runs cannot be opened');
    }
}

function testPage({ name, path, report }) {
    let page;
    const opened = async () => {
        page ??= await openPage(path);
        return page;
    };

    test(`${name}: title, headings, drawings and tables are in order`, async () => {
        await opened();
        none(await page.evaluate(lookAtStructure));
        const title = await page.title();
        assert.match(title, / · bascule$/);
        if (report !== undefined) {
            assert.ok(title.includes(report.scenario.name) && title.includes(report.verdict), title);
        }
    });

    test(`${name}: colour is never the only sign`, async () => {
        await opened();
        none(await page.evaluate(lookForSigns));
    });

    test(`${name}: axe finds nothing in light`, async () => {
        await opened();
        await page.emulateMedia({ colorScheme: 'light' });
        await openFolds(page);
        none(await axeOfAll(page));
    });

    test(`${name}: axe finds nothing in dark`, async () => {
        await opened();
        await page.emulateMedia({ colorScheme: 'dark' });
        none(await axeOfStyle(page));
    });

    test(`${name}: axe finds nothing on paper; nothing is dark, cut off or folded away`, async () => {
        await opened();
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
        await page.setViewportSize(sheet);
        await page.evaluate(() => document.querySelectorAll('details.more').forEach((fold) => {
            fold.open = false;
        }));
        none([...await page.evaluate(lookAtPaper), ...await axeOfStyle(page)]);
    });

    test(`${name}: axe finds nothing on a phone; only boxes of their own scroll sideways`, async () => {
        await opened();
        await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
        await page.setViewportSize(phone);
        const folded = await page.evaluate(lookAtWidths);
        await openFolds(page);
        none([...folded, ...await page.evaluate(lookAtWidths), ...await axeOfStructure(page)]);
    });

    test(`${name}: nothing moves`, async () => {
        await opened();
        await page.setViewportSize(desktop);
        none(await page.evaluate(lookForMotion));
    });

    test(`${name}: it is complete without its script`, async () => {
        const bare = { javaScriptEnabled: false };
        isComplete(await onPage(path, bare, (plain) => plain.evaluate(readPlainly)), report);
    });

    test(`${name}: all that time no error, and no request to anywhere`, async () => {
        const { complaints } = (await opened()).watch;
        await closePage(page);
        none(complaints);
    });
}

export function testEveryPage(pages) {
    pages.forEach(testPage);
}
