/** The command lines of README.md, CONTRIBUTING.md and docs/: those of shell blocks, of indented blocks that begin with a program, and of tables that have a column of commands. */
import { readdirSync, readFileSync } from 'node:fs';

export interface PageCommand {
  page: string;
  /** As written, with its comment; lines that end in a backslash are joined. */
  line: string;
  /** The page has named a deployment of Convex before: Earshot's commands are about that one. */
  isOfDeployment: boolean;
}

const ROOT = new URL('../../../', import.meta.url);
const PROGRAMS =
  /^(sudo |[A-Z_]+=\S+ )*(bin\/earshot|earshot|npm|npx|node|git|curl|kill|arecord|opusenc|openssl|mkcert|tailscale|docker|haproxy|cp|cd|kubectl|fly|skopeo|export|eval|(deploy|test)\/\S+\.sh|apt-get|for|done)( |$)/;

export function pages(): string[] {
  const docs = readdirSync(new URL('docs/', ROOT)).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];
}

export function commandsOf(page: string): PageCommand[] {
  const text = readFileSync(new URL(page, ROOT), 'utf8').replaceAll('\\\n', ' ');
  const shell = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].flatMap(([, body = '']) => body.split('\n'));
  const indented = text
    .replaceAll(/^ *```[\s\S]*?^ *```/gm, '')
    .split('\n')
    .filter((line) => /^ {4}\S/.test(line));
  const own = indented.map((line) => line.trim()).filter((line) => PROGRAMS.test(line));
  const cells = text.split('\n').flatMap((line) => (line.startsWith('| ') ? line.split(/(?<!\\)\|/) : []));
  const inTables = cells.flatMap((cell) => /^`([^`]+)`$/.exec(cell.trim())?.[1]?.replaceAll('\\|', '|') ?? []);
  own.push(...inTables.filter((line) => PROGRAMS.test(line)));
  const lines = [...shell.map((line) => line.trim()).filter((line) => line !== ''), ...own];
  const deployment = lines.findIndex((line) => line.startsWith('export CONVEX_URL='));
  return lines.map((line, index) => ({ page, line, isOfDeployment: deployment !== -1 && index > deployment }));
}
