// A report of many runs: picking one, by pointer and by keys, with the script and without.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desktop, onPage } from './browser.mjs';

// The runs that each part shows, and what the picker, the dots and the focus say.
const stateOf = (page) => page.evaluate(() => {
    const parts = [...document.querySelectorAll('section')]
        .filter((part) => part.querySelector('details.run'));
    const runsIn = (part) => [...part.querySelectorAll('details.run')]
        .filter((run) => run.checkVisibility() && run.open).map((run) => run.dataset.run);
    const picked = [...document.querySelectorAll('.dot-picked')];
    return {
        parts: [...new Set(parts.map((part) => runsIn(part).join()))],
        picked: document.querySelector('#picker select').value,
        dots: [...new Set(picked.map((dot) => dot.dataset.run))].join(),
        focus: document.activeElement.tagName,
    };
});

const shows = (run, focus) => ({ parts: [run], picked: run, dots: run, focus });

export function testRuns(pages) {
    const { path, report } = pages.get('repeats');
    const drawn = (page) => page.evaluate(() =>
        [...document.querySelectorAll('#timeline details.run')].map((run) => run.dataset.run));

    test('runs: the worst is open, and the picker offers all that are drawn', async () => {
        await onPage(path, {}, async (page) => {
            const runs = await drawn(page);
            const switchovers = report.runs.map(({ disturbances }) => disturbances[0].switchover_ms);
            assert.equal(switchovers[Number(runs[0])], Math.max(...switchovers));
            assert.deepEqual(await stateOf(page), shows(runs[0], 'BODY'));
            const options = await page.locator('#picker option').all();
            assert.deepEqual(await Promise.all(options.map((option) => option.getAttribute('value'))), runs);
            const first = new RegExp(`^Run ${runs[0]} FAIL switchover .* the worst$`);
            assert.match(await options[0].textContent(), first);
        });
    });

    test('runs: arrow keys in the picker lead to the next run and back', async () => {
        await onPage(path, {}, async (page) => {
            const runs = await drawn(page);
            await page.locator('#picker select').focus();
            await page.keyboard.press('ArrowDown');
            assert.deepEqual(await stateOf(page), shows(runs[1], 'SELECT'));
            await page.keyboard.press('End');
            assert.deepEqual(await stateOf(page), shows(runs.at(-1), 'SELECT'));
            await page.keyboard.press('Home');
            assert.deepEqual(await stateOf(page), shows(runs[0], 'SELECT'));
        });
    });

    test('runs: a number in the table, and a dot, lead to that run', async () => {
        await onPage(path, {}, async (page) => {
            const runs = await drawn(page);
            await page.locator(`.run-link[data-run="${runs[2]}"]`).click();
            assert.deepEqual(await stateOf(page), shows(runs[2], 'SELECT'));
            const { y } = await page.locator('#picker').boundingBox();
            assert.ok(y > -1 && y < desktop.height, `the picker is out of sight: ${y}`);
            await page.locator(`.run-link[data-run="${runs[3]}"]`).press('Enter');
            assert.deepEqual(await stateOf(page), shows(runs[3], 'SELECT'));
            await page.locator(`.dot[data-run="${runs[0]}"]`).first().dispatchEvent('click');
            assert.deepEqual(await stateOf(page), shows(runs[0], 'SELECT'));
        });
    });

    test('runs: a dot says what the table says', async () => {
        await onPage(path, {}, async (page) => {
            const complaints = await page.evaluate(() => {
                const row = (index) => [...document.querySelectorAll('#runs tbody tr')]
                    .find((one) => parseInt(one.querySelector('th').textContent, 10) === index).textContent;
                return [...document.querySelectorAll('.dot')].flatMap((dot) => {
                    const [, run, figure] = dot.querySelector('title').textContent.match(/^run (\d+): (.*)$/);
                    const said = row(Number(run));
                    return said.includes(figure) ? [] : [`${dot.textContent}: ${said}`];
                });
            });
            assert.deepEqual(complaints, []);
        });
    });

    test('runs: each picked run has its own timeline, which zooms alone', async () => {
        await onPage(path, {}, async (page) => {
            const runs = await drawn(page);
            const spans = () => page.evaluate(() => [...document.querySelectorAll('.timeline')]
                .map((figure) => figure.style.getPropertyValue('--span')));
            const before = await spans();
            await page.locator('#picker select').selectOption(runs[1]);
            await page.locator('.zoom-in').filter({ visible: true }).click();
            const after = await spans();
            assert.deepEqual(after.map((span, i) => span !== before[i]), runs.map((_, i) => i === 1));
        });
    });

    test('runs: without the script every run opens by a click and by a key', async () => {
        await onPage(path, { javaScriptEnabled: false }, async (page) => {
            const fold = page.locator('#timeline details.run').nth(1);
            const isOpen = async () => await fold.getAttribute('open') !== null;
            assert.equal(await isOpen(), false);
            await fold.locator('> summary').click();
            assert.ok(await isOpen() && await fold.locator('.row-marks svg').isVisible());
            await fold.locator('> summary').press('Enter');
            assert.equal(await isOpen(), false);
        });
    });

    test('runs: all are in the table, on paper too, and a replaced one says so', async () => {
        for (const name of ['repeats', 'with-a-rerun']) {
            const page = pages.get(name);
            await onPage(page.path, {}, async (opened) => {
                await opened.emulateMedia({ media: 'print' });
                const rows = await opened.locator('#runs tbody tr').filter({ visible: true }).allInnerTexts();
                assert.equal(rows.length, page.report.runs.length);
                if (name === 'with-a-rerun') {
                    assert.match(rows[0], /replaced/);
                    assert.match(rows.at(-1), /for run 0/);
                }
            });
        }
    });
}
