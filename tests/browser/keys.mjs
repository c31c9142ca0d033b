// The pages by keyboard alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onPage, phone } from './browser.mjs';

const most = 400; // stops of one page
const controls = ['#picker select', '.zoom-in', '.zoom-out', '.zoom-back', '.bracket', '.more > summary', '.wide',
    '.run-link'];

// Runs in the page: all that can take the focus, in the order of the document.
function collectStops() {
    const selector = 'a[href], button, select, summary, [tabindex="0"]';
    window.stops = [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
    return window.stops.length;
}

// Runs in the page: which of the stops has the focus, and what is wrong with how it shows that.
function lookAtFocus() {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const complaints = [];
    const name = element.outerHTML.slice(0, 120);

    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) {
        complaints.push(`the focus cannot be seen: ${name}`);
    }
    if (box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth) {
        complaints.push(`the focus is out of sight: ${name}`);
    }
    return { index: window.stops.indexOf(element), complaints };
}

async function walk(page) {
    const count = await page.evaluate(collectStops);
    assert.ok(count > 0 && count < most, `${count} stops`);
    const complaints = [];
    const order = [];
    for (let i = 0; i < count; i++) {
        await page.keyboard.press('Tab');
        const seen = await page.evaluate(lookAtFocus);
        order.push(seen.index);
        complaints.push(...seen.complaints);
    }
    assert.deepEqual(complaints, []);
    assert.deepEqual(order, [...Array(count).keys()], 'Tab goes another way than the page');
    // And the same way back.
    await page.keyboard.press('Shift+Tab');
    assert.equal((await page.evaluate(lookAtFocus)).index, count - 2);
}

// Whether pixels change around an element that gets the focus.
async function isSeen(page, locator) {
    await locator.scrollIntoViewIfNeeded();
    const box = await locator.boundingBox();
    const clip = { x: box.x - 6, y: box.y - 6, width: box.width + 12, height: box.height + 12 };
    const before = await page.screenshot({ clip });
    await page.keyboard.press('Shift'); // a key, so that the focus shows
    await locator.focus();
    return !before.equals(await page.screenshot({ clip }));
}

export function testKeys(pages) {
    for (const name of ['hang-then-kill', 'index', 'history']) {
        test(`keys: Tab goes through ${name} in its order, and is always seen`, async () => {
            await onPage(pages.get(name).path, {}, walk);
        });
    }

    test('keys: picker, zoom, brackets, folds and tables are on the way', async () => {
        await onPage(pages.get('hang-then-kill').path, {}, async (page) => {
            await page.evaluate(collectStops);
            const missing = await page.evaluate((wanted) => wanted.filter((selector) =>
                !window.stops.some((stop) => stop.matches(selector))), [...controls, '.skip', 'pre']);
            assert.deepEqual(missing, []);
        });
    });

    for (const colorScheme of ['light', 'dark']) {
        test(`keys: the focus changes what is seen, in ${colorScheme}`, async () => {
            await onPage(pages.get('hang-then-kill').path, { colorScheme }, async (page) => {
                for (const selector of controls) {
                    const locator = page.locator(selector).filter({ visible: true }).first();
                    assert.ok(await isSeen(page, locator), `no focus to be seen: ${selector}`);
                }
            });
        });
    }

    test('keys: the first stop leads past the head of the page', async () => {
        await onPage(pages.get('kill-primary').path, {}, async (page) => {
            await page.keyboard.press('Tab');
            const link = page.locator('.skip');
            assert.ok(await link.evaluate((element) => element === document.activeElement));
            const box = await link.boundingBox();
            assert.ok(box.x >= 0 && box.y >= 0, 'it is out of sight');
            await page.keyboard.press('Enter');
            assert.equal(await page.evaluate(() => location.hash), '#main');
        });
    });

    test('keys: Enter opens a fold and closes it again', async () => {
        await onPage(pages.get('kill-primary').path, {}, async (page) => {
            const fold = page.locator('details.more').filter({ visible: true }).first();
            await fold.locator('summary').focus();
            await page.keyboard.press('Enter');
            assert.ok(await fold.locator('table').isVisible());
            await page.keyboard.press('Enter');
            assert.ok(!await fold.locator('table').isVisible());
        });
    });

    test('keys: arrows move what is wider than a phone', async () => {
        await onPage(pages.get('kill-primary').path, { viewport: phone }, async (page) => {
            const table = page.locator('#nodes .wide').first();
            await table.focus();
            for (let i = 0; i < 5; i++) {
                await page.keyboard.press('ArrowRight');
            }
            await page.waitForFunction(() => document.querySelector('#nodes .wide').scrollLeft > 20);
        });
    });
}
