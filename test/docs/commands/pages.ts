/** The command lines of README.md and docs/: those of shell blocks, and of indented blocks that begin with a program. */
import { readdirSync, readFileSync } from 'node:fs';

export interface PageCommand {
  page: string;
  /** As written, with its comment; lines that end in a backslash are joined. */
  line: string;
}

const ROOT = new URL('../../../', import.meta.url);
const PROGRAMS =
  /^(sudo |[A-Z_]+=\S+ )*(bin\/earshot|earshot|npm|npx|node|git|curl|kill|arecord|opusenc|openssl|mkcert|tailscale|docker|haproxy|cp|cd|kubectl|fly|skopeo|export|eval|deploy\/\S+|test\/\S+|apt-get|for|done)( |$)/;

export function pages(): string[] {
  const docs = readdirSync(new URL('docs/', ROOT)).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => `docs/${name}`)];
}

export function commandsOf(page: string): PageCommand[] {
  const text = readFileSync(new URL(page, ROOT), 'utf8').replaceAll('\\\n', ' ');
  const shell = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].flatMap(([, body = '']) => body.split('\n'));
  const indented = text
    .replaceAll(/^ *```[\s\S]*?^ *```/gm, '')
    .split('\n')
    .filter((line) => /^ {4}\S/.test(line));
  const own = indented.map((line) => line.trim()).filter((line) => PROGRAMS.test(line));
  return [...shell.map((line) => line.trim()).filter((line) => line !== ''), ...own].map((line) => ({ page, line }));
}
