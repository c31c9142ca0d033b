// What is looked for on a page. Each of these runs in the page and returns complaints, or what it saw; so each
// stands alone.

export function lookAtStructure() {
    const complaints = [];
    const wants = (is, what) => is || complaints.push(what);
    const all = (selector) => [...document.querySelectorAll(selector)];
    const nameOf = (element) => element.outerHTML.slice(0, 200);

    wants(document.doctype?.name === 'html', 'no doctype');
    wants(document.documentElement.lang === 'en', 'no language');
    wants(all('main').length === 1, 'not one main');
    wants(all('h1').length === 1, 'not one h1');
    let level = 0;
    for (const heading of all('h1, h2, h3, h4, h5, h6')) {
        const next = Number(heading.tagName[1]);
        wants(next <= level + 1, `after H${level}: ${nameOf(heading)}`);
        wants(heading.textContent.trim() !== '', `empty: ${nameOf(heading)}`);
        level = next;
    }
    const ids = new Set();
    for (const { id } of all('[id]')) {
        wants(!ids.has(id), `the id ${id} is there twice`);
        ids.add(id);
    }
    for (const name of ['aria-labelledby', 'aria-describedby', 'aria-controls']) {
        for (const element of all(`[${name}]`)) {
            wants(ids.has(element.getAttribute(name)), `${name} leads nowhere: ${nameOf(element)}`);
        }
    }
    for (const link of all('a[href^="#"]')) {
        wants(ids.has(link.hash.slice(1)), `it leads nowhere: ${nameOf(link)}`);
    }
    for (const svg of all('svg')) {
        const isNamed = svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label')?.trim();
        wants(isNamed || svg.closest('[aria-hidden="true"]'), `a drawing without a name: ${nameOf(svg)}`);
    }
    for (const cell of all('th')) {
        wants(cell.scope !== '', `a head cell without scope: ${nameOf(cell)}`);
    }
    return complaints;
}

// What tells verdicts, outcomes and states apart beside colour.
export function lookForSigns() {
    const complaints = [];
    const wants = (is, what) => is || complaints.push(what);
    const all = (selector) => [...document.querySelectorAll(selector)];
    const words = ['PASS', 'FAIL', 'KNOWN', 'INCONCLUSIVE', 'SKIPPED'];

    for (const badge of all('.badge')) {
        wants(words.includes(badge.textContent.trim()), `a badge without its word: ${badge.outerHTML}`);
        wants(badge.querySelector('svg path'), `a badge without its sign: ${badge.outerHTML}`);
    }
    for (const row of all('tr[class^="row-"]')) {
        const said = row.querySelector('.badge')?.textContent ?? '';
        wants(said.includes(row.className.slice(4).toUpperCase()), `without its verdict: ${row.textContent}`);
    }
    for (const key of all('.legend li')) {
        wants(key.textContent.trim() !== '', `a key without words: ${key.outerHTML}`);
    }
    // A mark has another end, is longer, or has a hole.
    const shapes = new Map();
    for (const mark of all('.timeline .row-marks .m')) {
        const outcome = mark.getAttribute('class').match(/o-(\S+)/)[1];
        const isLong = /v[1-9]/.test(mark.getAttribute('d'));
        const hasHole = mark.nextElementSibling?.classList.contains('hole') ?? false;
        shapes.set(outcome, [getComputedStyle(mark).strokeLinecap, isLong, hasHole].join());
    }
    for (const outcome of ['failed', 'slow', 'answered_4xx', 'unavoidable']) {
        wants(!shapes.has(outcome) || shapes.get(outcome) !== shapes.get('ok'), `${outcome} has no shape`);
    }
    // The worse a state, the higher its strip.
    for (const lane of all('.row-lane svg')) {
        const heights = ['able', 'impaired', 'unable'].map((state) => lane.querySelector(`.state-${state}`))
            .map((strip) => strip?.getAttribute('d').match(/v([\d.]+)/)).filter(Boolean)
            .map(([, height]) => Number(height));
        const isRising = heights.every((height, i) => i === 0 || height > heights[i - 1]);
        wants(isRising, `states of one height: ${lane.getAttribute('aria-label')}`);
    }
    const endsOf = (dots) => all(dots).map((dot) => getComputedStyle(dot).strokeLinecap);
    const passed = endsOf('.dot-pass');
    wants(!endsOf('.dot-fail').some((end) => passed.includes(end)), 'a run that failed has no shape');
    return complaints;
}

// What is wider than the page, and what scrolls sideways although no key can do that.
export function lookAtWidths() {
    const complaints = [];
    const width = document.scrollingElement.scrollWidth;
    const nameOf = (element) => element?.outerHTML.slice(0, 200);
    const elements = [...document.querySelectorAll('body *')];

    if (width > innerWidth) {
        const cause = elements.find((element) => element.getBoundingClientRect().right > innerWidth + 1
            && !element.closest('.wide, pre'));
        complaints.push(`the page is ${width} of ${innerWidth} wide: ${nameOf(cause)}`);
    }
    for (const box of elements) {
        const scrolls = /auto|scroll/.test(getComputedStyle(box).overflowX);
        if (scrolls && box.scrollWidth > box.clientWidth && box.tabIndex < 0) {
            complaints.push(`no key scrolls it: ${nameOf(box)}`);
        }
    }
    return complaints;
}

// On paper nothing scrolls, opens or is dark.
export function lookAtPaper() {
    const complaints = [];
    const isShown = (element) => element.checkVisibility({ contentVisibilityAuto: true });
    const shown = (selector) => [...document.querySelectorAll(selector)].filter(isShown);
    const nameOf = (element) => element.outerHTML.slice(0, 200);
    const ground = getComputedStyle(document.body).backgroundColor;

    if (ground !== 'rgb(255, 255, 255)') {
        complaints.push(`paper is ${ground}`);
    }
    for (const box of shown('.wide, pre, table, .cards, dl')) {
        const hides = getComputedStyle(box).overflowX !== 'visible' && box.scrollWidth > box.clientWidth + 1;
        if (hides || box.getBoundingClientRect().right > innerWidth + 1) {
            complaints.push(`cut off on the right: ${nameOf(box)}`);
        }
    }
    for (const control of shown('button, select')) {
        complaints.push(`a control: ${nameOf(control)}`);
    }
    for (const summary of shown('details.more > summary')) {
        if (!isShown(summary.nextElementSibling)) {
            complaints.push(`folded away: ${summary.textContent}`);
        }
    }
    for (const section of document.querySelectorAll('section')) {
        if (!isShown(section)) {
            complaints.push(`missing: ${nameOf(section)}`);
        }
    }
    return complaints;
}

export function lookForMotion() {
    const isMoving = ({ animationName, transitionDuration, scrollBehavior }) =>
        animationName !== 'none' || transitionDuration !== '0s' || scrollBehavior !== 'auto';
    return [...document.querySelectorAll('*')].filter((element) => isMoving(getComputedStyle(element)))
        .map((element) => element.outerHTML.slice(0, 200));
}

// What a reader sees at once.
export function readPlainly() {
    const isShown = (element) => element.checkVisibility({ contentVisibilityAuto: true });
    const shown = (selector) => [...document.querySelectorAll(selector)].filter(isShown);
    const textOf = (selector) => shown(selector).map((element) => element.innerText).join('\n');
    const boxes = shown('.timeline .track > svg').map((svg) => svg.getBoundingClientRect());
    return {
        controls: shown('button, select').length,
        verdict: textOf('#verdict'),
        worst: textOf('#worst'),
        expectations: shown('#expectations tbody tr').length,
        runs: shown('#timeline details.run').length,
        drawn: boxes.filter(({ width, height }) => width > 400 && height > 12).length,
        nodes: shown('#nodes tbody tr').length,
        scenario: textOf('#scenario pre'),
        again: textOf('#replay'),
        rows: shown('tbody tr, main section svg').length,
    };
}
