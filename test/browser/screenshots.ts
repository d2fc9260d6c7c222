/**
 * `npm run screenshots [-- --out FOLDER] [--docs] [--only TEXT]`: takes a picture of every page in every state at five widths in both
 * themes, and a contact sheet of all. `--docs` writes those of the documents, too. Look at them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOptions, flag, text } from '../support/command-options.ts';
import { testModel } from '../support/models.ts';
import { type Browser, withBrowser } from './browser.ts';
import { playInspectorScenes, playScenes, type Scene } from './scenes.ts';
import { withSpecimen } from './specimen.ts';

const options = commandOptions('npm run screenshots', 'Pictures of every page in every state, and a contact sheet.', {
  out: text('folder', 'where they are written', join(tmpdir(), 'earshot-screenshots')),
  docs: flag('writes those of the documents, too'),
  only: text('text', 'only scenes with this in their names', ''),
});
const DOCS = fileURLToPath(new URL('../../docs/pictures', import.meta.url));
const SIZES = [
  { width: 320, height: 640 },
  { width: 390, height: 844 },
  { width: 768, height: 1_024 },
  { width: 1_280, height: 800 },
  { width: 1_920, height: 1_080 },
];
const THEMES = ['light', 'dark'] as const;

/** Of the documents: which width and theme of which scene. */
const PICTURES: readonly { file: string; scene: string; width: number; theme: (typeof THEMES)[number] }[] = [
  { file: 'talk.png', scene: 'talk-idle', width: 390, theme: 'dark' },
  { file: 'talk-busy.png', scene: 'talk-busy', width: 390, theme: 'light' },
  { file: 'talk-pairing.png', scene: 'talk-pairing', width: 390, theme: 'light' },
  { file: 'console-devices.png', scene: 'console-devices', width: 1_280, theme: 'light' },
  { file: 'console-conversation.png', scene: 'console-conversation', width: 1_280, theme: 'dark' },
  { file: 'console-figures.png', scene: 'console-fleet', width: 1_280, theme: 'light' },
  { file: 'inspector.png', scene: 'inspector-busy', width: 1_280, theme: 'light' },
];

const taken: { scene: string; file: string }[] = [];
mkdirSync(options.out, { recursive: true });
if (options.docs) mkdirSync(DOCS, { recursive: true });

async function takeAll({ name, watched: { page } }: Scene): Promise<void> {
  if (!name.includes(options.only)) return;
  // Nothing is under the pointer.
  await page.mouse.move(0, 0);
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme });
      await drawn(page);
      const file = `${name}-${size.width}-${theme}.png`;
      const picture = await page.screenshot({ path: join(options.out, file), animations: 'disabled' });
      taken.push({ scene: name, file });
      const wanted = PICTURES.filter(
        (each) => each.scene === name && each.width === size.width && each.theme === theme,
      );
      if (options.docs) for (const { file: document } of wanted) writeFileSync(join(DOCS, document), picture);
    }
  }
  await page.setViewportSize({ width: 1_280, height: 800 });
}

async function drawn(page: Scene['watched']['page']): Promise<void> {
  // Canvases are drawn again in the frame after the colours, by observers of their size.
  await page.evaluate(async () => {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

async function contactSheet({ context }: Browser): Promise<void> {
  const page = await context.newPage();
  const scenes = [...new Set(taken.map(({ scene }) => scene))];
  const image = (file: string) => {
    const data = readFileSync(join(options.out, file)).toString('base64');
    return `<img alt="" src="data:image/png;base64,${data}">`;
  };
  const row = (scene: string) => {
    const images = taken.filter((each) => each.scene === scene).map(({ file }) => image(file));
    return `<section><h2>${scene}</h2><div>${images.join('')}</div></section>`;
  };
  await page.setViewportSize({ width: 1_800, height: 1_000 });
  await page.setContent(`<style>
    body { margin: 24px; background: #808b91; font: 600 15px system-ui; }
    div { display: flex; align-items: flex-start; gap: 8px; margin-bottom: 20px; }
    img { min-width: 0; height: 190px; box-shadow: 0 1px 4px #0008; }
    h2 { margin: 0 0 6px; font-size: 15px; }
  </style>${scenes.map(row).join('')}`);
  await page.screenshot({ path: join(options.out, 'contact-sheet.png'), fullPage: true });
  if (!options.docs) return;
  await page.screenshot({ path: join(DOCS, 'contact-sheet.jpg'), fullPage: true, type: 'jpeg', quality: 72 });
}

/** Whether `--only` may mean a scene of these pages. */
const isWanted = (...pages: string[]) =>
  pages.some((page) => page.startsWith(options.only) || options.only.startsWith(page));
/** The README's picture: the console with the talk page before it. */
async function cover({ context }: Browser): Promise<void> {
  const page = await context.newPage();
  const source = (file: string) => `data:image/png;base64,${readFileSync(join(DOCS, file)).toString('base64')}`;
  await page.setViewportSize({ width: 1_400, height: 800 });
  await page.setContent(`<style>
    body { margin: 0; background: none; }
    img { position: absolute; border-radius: 14px; box-shadow: 0 2px 8px #0006, 0 12px 40px #0006; }
    .console { left: 24px; top: 24px; width: 1170px; }
    .talk { right: 28px; bottom: 32px; width: 300px; border-radius: 26px; }
  </style><img class="console" src="${source('console-conversation.png')}"><img class="talk" src="${source('talk.png')}">`);
  await page.screenshot({ path: join(DOCS, 'pages.png'), omitBackground: true });
}

if (isWanted('talk', 'console')) {
  await testModel('moonshine-tiny');
  await testModel('flite');
  await playScenes({ responder: 'assistant', turns: 300, isWhole: true }, takeAll);
}
if (isWanted('inspector')) await playInspectorScenes(takeAll);
await withSpecimen((url) =>
  withBrowser(async (browser) => {
    await takeAll({ name: 'design', watched: await browser.open(url), isCut: false });
    await contactSheet(browser);
    if (options.docs) await cover(browser);
  }),
);
process.stdout.write(`${taken.length} pictures in ${options.out}\n`);
