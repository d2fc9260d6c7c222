// Pages need the names of the events of a contract (src/core/contracts), not their sentences and samples, which are a tenth of a page's script.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

const FOLDER = /src\/core\/contracts\/[a-z-]+\.ts$/;

/**
 * A plugin of esbuild: each `event('a sentence', { sample })` is bundled as `event('')`, and of the contracts those that the page's own
 * machines have.
 */
export const eventNames = {
  name: 'event-names',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\.\/[a-z-]+\.ts$/ }, ({ path, importer }) =>
      FOLDER.test(importer) ? { path: join(dirname(importer), path), sideEffects: false } : undefined,
    );
    onLoad({ filter: FOLDER }, async ({ path }) => ({
      contents: withoutForms(path, await readFile(path, 'utf8')),
      loader: 'ts',
    }));
  },
};

/**
 * @param {string} path
 * @param {string} source
 */
function withoutForms(path, source) {
  const calls = [];
  const visitor = new Visitor({
    CallExpression(call) {
      if (call.callee.type === 'Identifier' && call.callee.name === 'event' && call.arguments.length > 0)
        calls.push(call);
    },
  });
  visitor.visit(parseSync(path, source).program);
  let stripped = source;
  for (const { arguments: forms } of calls.sort((a, b) => b.start - a.start)) {
    stripped = `${stripped.slice(0, forms[0].start)}''${stripped.slice(forms.at(-1).end)}`;
  }
  return stripped;
}
