/** The table of layers as docs/layers.md shows it. Pure. */
import type { Layer } from './layering.ts';

const BEGIN = '<!-- layers: npm run structure -->\n';
const END = '<!-- end of layers -->\n';

export function withTable(page: string, layers: readonly Layer[]): string {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || after < before)
    throw new Error(`docs/layers.md does not contain the markers of the table: ${BEGIN.trim()} … ${END.trim()}`);
  return page.slice(0, before) + BEGIN + table(layers) + page.slice(after);
}

function table(layers: readonly Layer[]): string {
  const rows = layers.map(({ path, imports, deferred = [], packages = [] }) => {
    const late = deferred.map((folder) => `${code(folder)} (types, \`import()\`)`);
    return `| ${code(path)} | ${[...imports.map(code), ...late].join(', ')} | ${packages.join(', ')} |`;
  });
  return `\n| layer | may import | packages |\n| --- | --- | --- |\n${rows.join('\n')}\n\n`;
}

const code = (path: string) => `\`${path}\``;
