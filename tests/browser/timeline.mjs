// Looking closer at a timeline: zoom, brackets, and what is under the pointer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onPage } from './browser.mjs';

const epsilon = 1e-6;

// Of the timeline that is shown: what of it is seen, and all that moves with that.
const stateOf = (page) => page.evaluate(() => {
    const figure = [...document.querySelectorAll('.timeline')].find((one) => one.checkVisibility());
    const isShown = (element) => element.checkVisibility();
    return {
        boxes: [...figure.querySelectorAll('.track > svg')].map((svg) => svg.getAttribute('viewBox')),
        ticks: [...figure.querySelectorAll('.tick')].filter(isShown)
            .map((tick) => [tick.textContent, Math.round(tick.getBoundingClientRect().left)].join(' at ')),
        inSight: [...figure.querySelectorAll('.axis')].map((axis) => {
            const { left, right } = axis.querySelector('.track').getBoundingClientRect();
            return [...axis.querySelectorAll('.tick')].map((tick) => tick.getBoundingClientRect().left)
                .filter((at) => at >= left - 1 && at <= right + 1).length;
        }),
        words: [...figure.querySelectorAll('.tag')].filter(isShown)
            .map((tag) => [tag.textContent, Math.round(tag.getBoundingClientRect().left)].join(' at ')),
    };
});

async function rangeOf(page) {
    const { boxes } = await stateOf(page);
    const ranges = new Set(boxes.map((box) => box.split(' ').filter((_, i) => i % 2 === 0).join(' ')));
    assert.equal(ranges.size, 1, `rows show different times: ${[...ranges]}`);
    const [from, span] = [...ranges][0].split(' ').map(Number);
    return { from, span };
}

const shownIn = (page, selector) => page.locator(`.timeline ${selector}`).filter({ visible: true }).first();

const near = (value, wanted, tolerance = epsilon) =>
    assert.ok(Math.abs(value - wanted) <= tolerance, `${value} instead of ${wanted}`);

async function boxOf(locator) {
    await locator.scrollIntoViewIfNeeded();
    return locator.boundingBox();
}

// "1.015 s" in ms.
function milliseconds(words) {
    const [, number, unit] = words.match(/^(-?[\d.]+) (ms|s)$/) ?? assert.fail(`'${words}' is no time`);
    return Number(number) * (unit === 's' ? 1000 : 1);
}

function testZoom(path) {
    test('zoom: in and out again, and all is as it was', async () => {
        await onPage(path, {}, async (page) => {
            const before = await stateOf(page);
            const whole = await rangeOf(page);
            await shownIn(page, '.zoom-in').click();
            await shownIn(page, '.zoom-in').click();
            const closer = await rangeOf(page);
            near(closer.span, whole.span / 4);
            near(closer.from, whole.from + whole.span * 3 / 8);
            const { ticks, inSight } = await stateOf(page);
            assert.notDeepEqual(ticks, before.ticks);
            assert.ok(inSight.every((count) => count >= 4), `ticks in sight: ${inSight}`);
            await shownIn(page, '.zoom-out').click();
            await shownIn(page, '.zoom-out').click();
            assert.deepEqual(await stateOf(page), before);
        });
    });

    test('zoom: "whole run" leads back from anywhere, and beyond the run there is nothing', async () => {
        await onPage(path, {}, async (page) => {
            const before = await stateOf(page);
            await shownIn(page, '.zoom-out').click();
            assert.deepEqual(await stateOf(page), before);
            await shownIn(page, '.zoom-in').evaluate((button) => {
                for (let i = 0; i < 40; i++) {
                    button.click();
                }
            });
            assert.ok((await rangeOf(page)).span > 0);
            await shownIn(page, '.zoom-back').click();
            assert.deepEqual(await stateOf(page), before);
        });
    });

    test('zoom: dragging over the timeline shows that stretch', async () => {
        await onPage(path, {}, async (page) => {
            const { from, span } = await rangeOf(page);
            const box = await boxOf(shownIn(page, '.row-marks svg'));
            const at = (share) => box.x + box.width * share;
            await page.mouse.move(at(0.25), box.y + 50);
            await page.mouse.down();
            await page.mouse.move(at(0.5), box.y + 90, { steps: 4 });
            assert.ok(await shownIn(page, '.selection').isVisible());
            await page.mouse.up();
            const closer = await rangeOf(page);
            near(closer.from, from + span * 0.25, span / 500);
            near(closer.span, span * 0.25, span / 250);
            assert.equal(await page.locator('.selection').filter({ visible: true }).count(), 0);
            // What lies outside has no words any more, and a click is no drag.
            const { words } = await stateOf(page);
            assert.ok(words.every((word) => !word.startsWith('kill-2')), words.join('; '));
            await page.mouse.click(at(0.3), box.y + 50);
            near((await rangeOf(page)).span, closer.span);
        });
    });

    for (const way of ['click', 'Enter', ' ']) {
        test(`zoom: a bracket leads to its switchover, by ${way === ' ' ? 'Space' : way}`, async () => {
            await onPage(path, {}, async (page) => {
                const bracket = shownIn(page, '.bracket.worst');
                const [onset, length] = await bracket.evaluate((element) =>
                    ['--t', '--w'].map((name) => parseFloat(element.style.getPropertyValue(name))));
                if (way === 'click') {
                    await bracket.click();
                } else {
                    await bracket.focus();
                    await page.keyboard.press(way);
                }
                const { from, span } = await rangeOf(page);
                assert.ok(from <= onset && from + span >= onset + length, 'it is not in sight');
                assert.ok(length > span / 5, 'it is no nearer');
            });
        });
    }
}

// A request of that outcome, somewhere in the middle of the plot.
async function pointOf(page, outcome) {
    const svg = shownIn(page, '.row-marks svg');
    const box = await boxOf(svg);
    return svg.evaluate((element, [wanted, size]) => {
        const [from, , span, height] = element.getAttribute('viewBox').split(' ').map(Number);
        const path = element.querySelector(`.m.o-${wanted}`);
        const points = path.getAttribute('d').split('M').slice(1);
        const [x, top, length] = points[Math.floor(points.length / 2)].split(/[ hv]/).map(Number);
        return {
            x: size.x + (x - from) / span * size.width,
            y: size.y + (top + length / 2) / height * size.height,
        };
    }, [outcome, box]);
}

function testPointer(pages) {
    for (const [name, outcome] of [['kill-primary', 'ok'], ['fails', 'failed'], ['told', 'slow']]) {
        const { path, report } = pages.get(name);
        const [run] = report.runs;

        test(`pointer: over requests that were ${outcome} stands what the report says of them`, async () => {
            await onPage(path, {}, async (page) => {
                const { x, y } = await pointOf(page, outcome);
                await page.mouse.move(x, y);
                const said = await shownIn(page, '.probe').textContent();
                const form = /^(.*) to (.*): ([\d,]+) (\S+)(?: by (.+))?, about (.*)$/;
                const [, from, to, count, what, node, about] = said.match(form) ?? assert.fail(said);
                assert.equal(what, outcome);
                // Times are said to four digits.
                const slack = Math.max(1, milliseconds(to) / 1000);
                const octaves = (latency) => Math.abs(Math.log2(latency / milliseconds(about)));
                const meant = run.marks.filter((mark) => mark.outcome === outcome
                    && (mark.node ?? undefined) === node && octaves(mark.latency_ms) < 0.5
                    && mark.t_ms >= milliseconds(from) - slack && mark.t_ms < milliseconds(to) + slack);
                const counts = meant.map((mark) => mark.count);
                const sum = counts.reduce((a, b) => a + b, 0);
                assert.ok([...counts, sum].includes(Number(count)),
                    `${said}: the report has ${JSON.stringify(meant)}`);
            });
        });
    }

    test('pointer: over a lane stands what its drawing is called', async () => {
        const { path, report } = pages.get('kill-primary');
        await onPage(path, {}, async (page) => {
            const lane = shownIn(page, '.row-lane .track > svg');
            const called = await lane.getAttribute('aria-label');
            const box = await boxOf(lane);
            const { from, span } = await rangeOf(page);
            const [node] = report.runs[0].nodes;
            const checked = [];
            for (const { at_ms: begin, state, why } of [...node.states, ...node.believed]) {
                const at = Math.max(begin, from) + span / 300;
                await page.mouse.move(box.x + (at - from) / span * box.width, box.y + box.height / 2);
                const said = await shownIn(page, '.probe').textContent();
                assert.ok(said.includes(`: ${node.name} is `) && said.includes('believed '), said);
                const isThere = said.includes(why ? `${state} (${why})` : state);
                if (isThere) {
                    checked.push(state);
                    assert.ok(called.includes(state), called);
                    assert.ok(!why || called.includes(why), `${called}: no '${why}'`);
                }
            }
            assert.ok(checked.includes('unable') && checked.includes('failed'), checked.join());
        });
    });

    test('pointer: it leaves nothing behind', async () => {
        await onPage(pages.get('kill-primary').path, {}, async (page) => {
            const box = await boxOf(shownIn(page, '.row-lane .track > svg'));
            await page.mouse.move(box.x + 50, box.y + 5);
            assert.ok(await page.locator('.cursor').filter({ visible: true }).count() > 0);
            await page.mouse.move(box.x + 50, 2);
            assert.equal(await page.locator('.cursor').filter({ visible: true }).count(), 0);
        });
    });
}

// What the rows of faults are called and when the report says that they held. Runs in the page.
function readFaultRows(rows) {
    const round = (number) => Math.round(Number(number));
    return rows.map((row) => [
        row.querySelector('.label').textContent.trim(),
        [...(row.querySelector('.held')?.getAttribute('d') ?? '').matchAll(/M([\d.]+) .*?h([\d.]+)/g)]
            .map(([, from, length]) => [round(from), round(length)]),
    ]);
}

function testFaults({ path, report }) {
    test('faults: an order to the client is a moment, others are held as long as the report says', async () => {
        await onPage(path, {}, async (page) => {
            const rows = await page.locator('.timeline .row-fault').evaluateAll(readFaultRows);
            const isOrder = (kind) => kind === 'switch_to' || kind === 'reset_failed';
            const wanted = report.runs[0].faults.map(({ kind, targets, effective_ms: from, cleared_ms: to }) =>
                [[kind, ...targets].join(' '), isOrder(kind) ? [] : [[from, to - from].map(Math.round)]]);
            assert.deepEqual(rows, wanted);
        });
    });
}

export function testTimeline(pages) {
    testFaults(pages.get('told'));
    testZoom(pages.get('hang-then-kill').path);
    testPointer(pages);
}
