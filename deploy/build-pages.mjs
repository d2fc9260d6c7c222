// Bundles the pages: the inspector's (dist/page), and those that the gateway serves (dist/pages/NAME). A page loads nothing from other hosts.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { build } from 'esbuild';
import { eventNames } from './event-names.mjs';
import { recordPackages } from './licences.mjs';
import { withoutLogWords } from './log-words.mjs';
import { buildPageAudio } from './page-audio.mjs';
import { smallerScripts } from './smaller-scripts.mjs';

const { names, plugin } = recordPackages();
/** Packages in the pages and the client library, filled by their builds. The last two are copied as they are. */
export const bundledInPages = names.add('elkjs').add('@echogarden/fvad-wasm');

/** How scripts of pages are built. */
export const browser = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: ['chrome109', 'firefox115', 'safari16'],
  minify: true,
  legalComments: 'none',
  // Those of valibot that no page uses.
  pure: ['RegExp'],
  logLevel: 'warning',
  plugins: [plugin, eventNames, smallerScripts],
};

/** Pages with Convex's React client run it on Preact. */
const onPreact = {
  jsx: 'automatic',
  jsxImportSource: 'preact',
  alias: { react: 'preact/compat', 'react-dom': 'preact/compat' },
  define: { 'process.env.NODE_ENV': '"production"' },
};

/** The packages in each page, and where their licences are. */
const LICENCES = {
  '@echogarden/fvad-wasm': 'node_modules/@echogarden/fvad-wasm/LICENSE',
  '@evan/opus': 'node_modules/@evan/opus/LICENSE',
  convex: 'node_modules/convex/LICENSE',
  elkjs: 'node_modules/elkjs/LICENSE.md',
  preact: 'node_modules/preact/LICENSE',
  uPlot: 'node_modules/uplot/LICENSE',
  uqr: 'node_modules/uqr/LICENSE',
  uuid: 'node_modules/uuid/LICENSE.md',
  valibot: 'node_modules/valibot/LICENSE.md',
  xstate: 'node_modules/xstate/LICENSE',
};
/** Those of the talk page. */
const OF_TALK = ['@echogarden/fvad-wasm', '@evan/opus', 'elkjs', 'preact', 'uqr', 'uuid', 'valibot', 'xstate'];

/**
 * @param {string} root
 * @param {string} outdir
 */
export async function buildPages(root, outdir) {
  await Promise.all([
    buildInspector(root, join(outdir, 'page')),
    buildConsole(root, join(outdir, 'pages/console')),
    buildTalkWithAudio(root, join(outdir, 'pages/talk')),
    buildSetup(root, join(outdir, 'pages/setup')),
  ]);
}

/**
 * One script, one style sheet, and elkjs's layout algorithm as a web worker.
 * @param {string} root
 * @param {string} outdir
 */
async function buildInspector(root, outdir) {
  const source = join(root, 'src/observability/inspect/page');
  mkdirSync(outdir, { recursive: true });
  await build({
    ...browser,
    absWorkingDir: root,
    entryPoints: { page: join(source, 'main.ts'), 'page-style': join(source, 'page.css') },
    outdir,
  });
  renameSync(`${outdir}/page-style.css`, `${outdir}/page.css`);
  copyFileSync(join(source, 'index.html'), `${outdir}/index.html`);
  copyFileSync(join(root, 'node_modules/elkjs/lib/elk-worker.min.js'), `${outdir}/layout.js`);
  copyFileSync(join(root, 'assets/opus-wasm/opus.wasm'), `${outdir}/opus.wasm`);
  writeLicences(root, outdir, ['elkjs', 'uPlot']);
}

/**
 * @param {string} root
 * @param {string} outdir
 */
export async function buildConsole(root, outdir) {
  const source = join(root, 'src/pages/console');
  mkdirSync(outdir, { recursive: true });
  await build({
    ...browser,
    ...onPreact,
    absWorkingDir: root,
    entryPoints: [
      { in: join(source, 'main.tsx'), out: 'console' },
      { in: join(source, 'console.css'), out: 'console' },
    ],
    outdir,
  });
  copyFileSync(join(source, 'index.html'), `${outdir}/index.html`);
  copyFileSync(join(root, FAVICON), `${outdir}/favicon.svg`);
  writeLicences(root, outdir, ['convex', 'preact', 'uPlot']);
}

/**
 * The page of `earshot setup`: plain, because a phone loads it from a small device.
 * @param {string} root
 * @param {string} outdir
 */
async function buildSetup(root, outdir) {
  const source = join(root, 'src/pages/setup');
  mkdirSync(outdir, { recursive: true });
  await build({
    ...browser,
    absWorkingDir: root,
    entryPoints: [
      { in: join(source, 'main.ts'), out: 'setup' },
      { in: join(source, 'setup.css'), out: 'setup' },
    ],
    outdir,
  });
  copyFileSync(join(source, 'index.html'), `${outdir}/index.html`);
  copyFileSync(join(root, FAVICON), `${outdir}/favicon.svg`);
}

/**
 * @param {string} root
 * @param {string} outdir
 */
export async function buildTalkWithAudio(root, outdir) {
  await Promise.all([buildTalk(root, outdir), buildPageAudio(root, outdir, browser)]);
  await buildServiceWorker(root, outdir);
}

/** Files of the talk page that it starts without: the chart of the machine, licences, large icons. */
const NOT_CACHED =
  /^(?:layout\.js|inspect\.css|inspection-.*|.*licenses\.txt|icon-512\.png|index\.html|service-worker\.js)$/;

/**
 * It knows all other files by name, and its text changes with each of them: then browsers fill a new cache.
 * @param {string} root
 * @param {string} outdir the finished page
 */
async function buildServiceWorker(root, outdir) {
  const names = readdirSync(outdir).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(name).update(readFileSync(join(outdir, name)));
  const files = ['./', ...names.filter((name) => !NOT_CACHED.test(name)).map((name) => `./${name}`)];
  await build({
    ...browser,
    absWorkingDir: root,
    entryPoints: [join(root, 'src/pages/talk/worker/service-worker.ts')],
    define: { FILES: JSON.stringify(files), VERSION: JSON.stringify(hash.digest('hex').slice(0, 16)) },
    outdir,
  });
}

/** In the tab of a browser: the mark with fewer, broader lines. */
const FAVICON = 'src/pages/design/favicon.svg';
/** Sizes of the icon that phones and desktops ask for when the page is installed, in px. */
const ICON_SIZES = [192, 512];

/**
 * What is rarely needed (the chart of the machine, the QR code of a pairing) is a file of its own, loaded when it is.
 * @param {string} root
 * @param {string} outdir
 */
async function buildTalk(root, outdir) {
  const source = join(root, 'src/pages/talk');
  mkdirSync(outdir, { recursive: true });
  await build({
    ...browser,
    ...onPreact,
    absWorkingDir: root,
    splitting: true,
    plugins: [...browser.plugins, withoutLogWords],
    // Modules are read as UTF-8.
    charset: 'utf8',
    entryPoints: [
      { in: join(source, 'main.tsx'), out: 'talk' },
      { in: join(source, 'talk.css'), out: 'talk' },
      { in: join(source, 'inspect/inspect.css'), out: 'inspect' },
    ],
    outdir,
  });
  for (const file of ['index.html', 'manifest.webmanifest', 'icon.svg']) {
    copyFileSync(join(source, file), join(outdir, file));
  }
  copyFileSync(join(root, FAVICON), `${outdir}/favicon.svg`);
  copyFileSync(join(root, 'node_modules/elkjs/lib/elk-worker.min.js'), `${outdir}/layout.js`);
  const icon = readFileSync(join(source, 'icon.svg'), 'utf8');
  for (const value of ICON_SIZES) {
    const image = new Resvg(icon, { fitTo: { mode: 'width', value } });
    writeFileSync(join(outdir, `icon-${value}.png`), image.render().asPng());
  }
  writeLicences(root, outdir, OF_TALK);
}

/**
 * @param {string} root
 * @param {string} outdir
 * @param {(keyof typeof LICENCES)[]} packages
 */
function writeLicences(root, outdir, packages) {
  const text = (name) => `${name}\n\n${readFileSync(join(root, LICENCES[name]), 'utf8')}`;
  writeFileSync(join(outdir, 'licenses.txt'), packages.map(text).join('\n\n'));
}
