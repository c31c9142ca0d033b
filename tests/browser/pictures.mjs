// Pictures of all pages, for eyes: NAME-desktop.png, -dark, -phone and -paper, into the folder that is given.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { desktop, onPage, phone, sheet, startBrowser, stopBrowser } from './browser.mjs';
import { makePages } from './pages.mjs';

const [folder, ...wanted] = process.argv.slice(2);
const views = {
    desktop: { viewport: desktop },
    dark: { viewport: desktop, colorScheme: 'dark' },
    phone: { viewport: phone, deviceScaleFactor: 2, hasTouch: true },
    paper: { viewport: sheet },
};

const pages = makePages();
const unknown = wanted.filter((name) => !pages.some((page) => page.name === name));
if (unknown.length > 0) {
    console.error(`no such page: ${unknown.join(', ')}; there are: ${pages.map(({ name }) => name).join(', ')}`);
    process.exit(2);
}
mkdirSync(folder, { recursive: true });
await startBrowser();
for (const { name, path } of pages.filter((page) => wanted.length === 0 || wanted.includes(page.name))) {
    for (const [view, options] of Object.entries(views)) {
        await onPage(path, options, async (page) => {
            await page.emulateMedia({ media: view === 'paper' ? 'print' : 'screen' });
            await page.screenshot({ path: join(folder, `${name}-${view}.png`), fullPage: true });
        });
    }
}
await stopBrowser();
