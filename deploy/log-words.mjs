// A page that has no log needs no words for its lines.
import { readFile } from 'node:fs/promises';
import { parseSync, Visitor } from 'oxc-parser';

const SOURCE = /\/(?:actors|machines|src)\/.*\.ts$/;
const LEVELS = new Set(['debug', 'info', 'warn', 'error']);

/** A plugin of esbuild: each `log.warn('words', …)` is bundled as `log.warn('', …)`. */
export const withoutLogWords = {
  name: 'without-log-words',
  setup({ onLoad }) {
    onLoad({ filter: SOURCE }, async ({ path }) => {
      if (path.includes('node_modules')) return undefined;
      return { contents: withoutWords(path, await readFile(path, 'utf8')), loader: 'ts' };
    });
  },
};

/**
 * @param {string} path
 * @param {string} source
 */
function withoutWords(path, source) {
  const words = [];
  const visitor = new Visitor({
    CallExpression({ callee, arguments: [message] }) {
      if (callee.type !== 'MemberExpression' || !LEVELS.has(callee.property.name) || !isLog(callee.object)) return;
      if (message?.type === 'Literal' && typeof message.value === 'string') words.push(message);
    },
  });
  visitor.visit(parseSync(path, source).program);
  let stripped = source;
  for (const { start, end } of words.sort((a, b) => b.start - a.start)) {
    stripped = `${stripped.slice(0, start)}''${stripped.slice(end)}`;
  }
  return stripped;
}

/** `log`, `scope.log`, `this.#log`. */
function isLog(object) {
  return (object.type === 'MemberExpression' ? object.property.name : object.name) === 'log';
}
