/** The licences of other people's code that Earshot ships: what is bundled in dist/, and the compiled libraries. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE_NAMES = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license'];
const MODULE = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/;

/** @returns {string | undefined} the name of the package that a file belongs to */
export function packageOf(file) {
  return MODULE.exec(file)?.[1];
}

/**
 * An esbuild plugin that notes the package of each file that is read. One of them serves several builds.
 * @returns {{ names: Set<string>, plugin: import('esbuild').Plugin }}
 */
export function recordPackages() {
  /** @type {Set<string>} */
  const names = new Set();
  const plugin = {
    name: 'packages that are bundled',
    setup({ onLoad }) {
      onLoad({ filter: /node_modules/ }, ({ path }) => {
        const name = packageOf(path);
        if (name) names.add(name);
        return undefined;
      });
    },
  };
  return { names, plugin };
}

/**
 * Name, version, where its source is, and the text of its licence.
 * @param {string} root
 * @param {string} name of an installed package
 */
export function licenceOf(root, name) {
  const { version, license, repository } = JSON.parse(
    readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'),
  );
  const file = licenceFile(root, name);
  const address = typeof repository === 'string' ? repository : repository?.url;
  const source = `Source: the npm package ${name}@${version}${address ? `, ${address.replace(/^git\+/, '')}` : ''}`;
  const text = file ? readFileSync(join(root, file), 'utf8') : `Licence: ${license}`;
  return `${name} ${version} (${license})\n${source}\n\n${text.trim()}\n`;
}

/** @returns {string | undefined} its path below `root` */
export function licenceFile(root, name) {
  return FILE_NAMES.map((each) => join('node_modules', name, each)).find((path) => existsSync(join(root, path)));
}

/** @param {string[]} texts */
export function joinLicences(texts) {
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
