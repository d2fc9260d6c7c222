/**
 * The npm registry as npm itself is configured: by the environment (`npm_config_registry`), by `.npmrc` of the project, of the user
 * and of the machine. A company's mirror works so without any setting of Earshot's.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const PUBLIC_REGISTRY = 'https://registry.npmjs.org/';

export interface RegistryAddress {
  /** Of the tarball. */
  url: string;
  headers: Record<string, string>;
}

export interface NpmSurroundings {
  environment: NodeJS.ProcessEnv;
  /** Of the project. */
  folder: string;
}

const here = (): NpmSurroundings => ({ environment: process.env, folder: process.cwd() });

/** Where a package is, and how to ask for it. */
export interface NpmRegistry {
  /** Ends with a slash. */
  base: string;
  headers: Record<string, string>;
}

export function registryOf(name: string, surroundings = here()): NpmRegistry {
  const setting = npmSettings(surroundings);
  const [scope] = name.startsWith('@') ? name.split('/') : [];
  const registry = (scope && setting(`${scope}:registry`)) || setting('registry') || PUBLIC_REGISTRY;
  const base = registry.endsWith('/') ? registry : `${registry}/`;
  const token = setting(`${base.replace(/^https?:/, '')}:_authToken`);
  return { base, headers: token ? { authorization: `Bearer ${token}` } : {} };
}

export function tarballAddress(name: string, version: string, surroundings = here()): RegistryAddress {
  const { base, headers } = registryOf(name, surroundings);
  return { url: `${base}${name}/-/${name.split('/').at(-1)}-${version}.tgz`, headers };
}

function npmSettings({ environment, folder }: NpmSurroundings): (key: string) => string | undefined {
  const fromEnvironment = new Map(
    Object.entries(environment).flatMap(([key, value]) =>
      /^npm_config_/i.test(key) && value ? [[key.slice('npm_config_'.length).toLowerCase(), value] as const] : [],
    ),
  );
  const prefix = dirname(dirname(process.execPath));
  const files = [
    join(folder, '.npmrc'),
    fromEnvironment.get('userconfig') ?? join(environment.HOME ?? homedir(), '.npmrc'),
    fromEnvironment.get('globalconfig') ?? join(prefix, 'etc/npmrc'),
  ].map((path) => readSettings(path, environment));
  return (key) => fromEnvironment.get(key.toLowerCase()) ?? files.find((settings) => settings.has(key))?.get(key);
}

/** npm's own, too, goes on without a file that it cannot read. */
function readSettings(path: string, environment: NodeJS.ProcessEnv): Map<string, string> {
  let content = '';
  try {
    content = readFileSync(path, 'utf8');
  } catch {
    return new Map();
  }
  const lines = content.split(/\r?\n/).filter((line) => !/^\s*[;#]/.test(line) && line.includes('='));
  return new Map(
    lines.map((line) => {
      const equals = line.indexOf('=');
      const value = line.slice(equals + 1).trim();
      const filled = value.replace(/\$\{([^}]+)\}/g, (written, name: string) => environment[name] ?? written);
      return [line.slice(0, equals).trim(), filled.replace(/^(["'])(.*)\1$/, '$2')];
    }),
  );
}
