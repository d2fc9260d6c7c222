/**
 * The pages of the gateway: their files, as the build left them in dist/.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../../core/files/package-folder.ts';
import { answer } from '../../server/front-door.ts';
import type { Call, HttpRoute } from '../../server/routes.ts';
import { pageHeaders } from '../../server/security-headers.ts';
import { readStaticFiles, type StaticFile, serveStaticFile, staticFile } from '../../server/static-files.ts';

const DIST = join(PACKAGE_FOLDER, 'dist');
const PAGES = ['talk', 'console'] as const;
/** `/` leads to it. */
const FIRST_PAGE = '/talk/';
const NEEDS = { microphone: true, wasm: true, trustedTypes: true };
/** The console has the talk page in a panel. */
const HEADERS = {
  talk: pageHeaders({ ...NEEDS, framing: 'is shown' }),
  console: pageHeaders({ ...NEEDS, framing: 'shows' }),
};
type PageName = (typeof PAGES)[number];

/** @param dist what the build made */
export function pageRoutes(dist = DIST): HttpRoute[] {
  const folders = PAGES.map((page) => ({ page, files: readStaticFiles(join(dist, 'pages', page)) }));
  const library = join(dist, 'client.js');
  return [
    redirect('/', FIRST_PAGE),
    ...folders.flatMap(({ page, files }) => [redirect(`/${page}`, `/${page}/`), ...fileRoutes(page, files)]),
    ...(existsSync(library) ? [fileRoute('/client.js', staticFile(library), HEADERS.talk)] : []),
  ];
}

function fileRoutes(page: PageName, files: ReadonlyMap<string, StaticFile>): HttpRoute[] {
  const index = files.get('index.html');
  const start: HttpRoute = index
    ? fileRoute(`/${page}/`, index, HEADERS[page])
    : { path: `/${page}/`, methods: { GET: notBuilt } };
  return [start, ...[...files].map(([name, file]) => fileRoute(`/${page}/${name}`, file, HEADERS[page]))];
}

function fileRoute(path: string, file: StaticFile, headers: Record<string, string>): HttpRoute {
  return { path, methods: { GET: ({ request, response }) => serveStaticFile(request, response, file, headers) } };
}

function redirect(path: string, to: string): HttpRoute {
  return { path, methods: { GET: ({ response }) => void response.writeHead(302, { location: to }).end() } };
}

function notBuilt({ response }: Call): void {
  answer(response, 503, { code: 'not_built', error: "the page is not built: run 'npm run build' in Earshot's folder" });
}
