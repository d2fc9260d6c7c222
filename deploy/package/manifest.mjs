/** The package.json of the npm package, made from the project's own. */

/** Compiled into the package (prebuilt/). Where that is not for the machine, an installed one is used, and none is needed. */
export const NATIVE = ['@discordjs/opus', 'better-sqlite3', 'naudiodon'];
/** In a clone it is beside the other version of the same package. */
const SQLITE_OF_NODE_API = 'better-sqlite3-node-api';
/** The declarations of the library name types of these. */
const TYPES = ['@types/better-sqlite3', '@types/ws'];

/** @param {Record<string, any>} project the project's package.json */
export function manifest(project) {
  const { name, version, description, license, type, engines, man, bin, exports } = project;
  const optional = Object.entries(project.optionalDependencies);
  const types = TYPES.map((each) => [each, project.devDependencies[each]]);
  return {
    ...{ name, version, description, license, type, engines, man, bin, exports },
    dependencies: sorted([...Object.entries(project.dependencies), ...types]),
    optionalDependencies: sorted(optional.filter(([each]) => ![...NATIVE, SQLITE_OF_NODE_API].includes(each))),
    peerDependencies: peers(project.optionalDependencies),
    peerDependenciesMeta: Object.fromEntries(NATIVE.map((each) => [each, { optional: true }])),
    publishConfig: { access: 'public', provenance: true },
  };
}

function peers(optional) {
  const ranges = Object.fromEntries(NATIVE.map((each) => [each, `^${optional[each]}`]));
  const [, version] = optional[SQLITE_OF_NODE_API].split('npm:better-sqlite3@');
  return { ...ranges, 'better-sqlite3': `${ranges['better-sqlite3']} || ^${version}` };
}

function sorted(entries) {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
