// All tests in one process, with one browser.
import { after, before } from 'node:test';
import { startBrowser, stopBrowser } from './browser.mjs';
import { testEveryPage } from './every-page.mjs';
import { testHostile } from './hostile.mjs';
import { testKeys } from './keys.mjs';
import { makePages } from './pages.mjs';
import { testPaper } from './paper.mjs';
import { testRuns } from './runs.mjs';
import { testTimeline } from './timeline.mjs';

before(startBrowser);
after(stopBrowser);

const pages = makePages();
const byName = new Map(pages.map((page) => [page.name, page]));
// The rerun has a page like that of its example.
testEveryPage(pages.filter(({ name }) => name !== 'with-a-rerun'));
testTimeline(byName);
testRuns(byName);
testKeys(byName);
testPaper(byName);
testHostile();
