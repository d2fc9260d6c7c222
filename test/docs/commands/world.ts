/**
 * A user's machine in which the commands of the documents are run: a home of its own, the folder of the project, virtual sound cards where PulseAudio is installed, and a
 * gateway on its usual port with a device “kitchen”, which has said something.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVirtualSound, withoutCards } from '../../sound/virtual-sound.ts';
import { eventually } from '../../support/eventually.ts';
import { testModel, testModelsFolder } from '../../support/models.ts';
import { removeFolder } from '../../support/remove-folder.ts';
import { createShell, type Shell, type Started } from '../../support/shell.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ASSISTANT_MODELS = ['moonshine-tiny', 'silero-vad', 'flite'] as const;
const STARTS_WITHIN_MS = 60_000;
/** Commands write there. */
const COPIED = ['deploy'];

export interface World {
  hasCards: boolean;
  /** The same without sound cards, and with them. */
  shell: Shell;
  shellWithCards: Shell;
  /** The gateway that most commands need, at which “kitchen” has said something. @param port 0: any */
  startGateway(port?: number): Promise<void>;
  stopGateway(): Promise<void>;
  /** The device “kitchen” as a daemon. */
  connectDevice(): Promise<void>;
  disconnectDevice(): Promise<void>;
  close(): Promise<void>;
}

export async function createWorld({ withCards = false } = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-docs-'));
  const project = createProject(folder);
  const sound = withCards ? await startVirtualSound({ isHeard: false }) : undefined;
  const noSound = withoutCards();
  const home = join(folder, 'home');
  mkdirSync(join(home, '.local'), { recursive: true });
  if (sound) symlinkSync(join(home, '.local'), join(sound.env.HOME ?? '', '.local'));
  const { CONVEX_URL: _, EARSHOT_STATE: __, ...inherited } = noSound.env;
  const env = {
    ...inherited,
    HOME: home,
    PATH: `${join(ROOT, 'bin')}:${process.env.PATH}`,
    EARSHOT_MODELS: await linkModels(folder),
    EARSHOT_MONITOR: join(folder, 'monitor'),
    EARSHOT_RESPONDER: 'parrot',
    EARSHOT_DRAIN_TIMEOUT: '0',
    EARSHOT_STDOUT: '',
    EARSHOT_STDERR: '',
  };
  const shell = createShell(project, env);
  const { HOME, XDG_RUNTIME_DIR, XDG_CONFIG_HOME, ALSA_CONFIG_PATH, PULSE_SERVER } = sound?.env ?? noSound.env;
  const cards = { HOME, XDG_RUNTIME_DIR, XDG_CONFIG_HOME, ALSA_CONFIG_PATH, PULSE_SERVER };
  let gateway: Started | undefined;
  let address = '';
  let device: Started | undefined;

  const world: World = {
    hasCards: sound !== undefined,
    shell,
    shellWithCards: createShell(project, { ...env, ...cards }),
    async startGateway(port = 4_433) {
      gateway = await shell.startUntil(`earshot gateway --open --port ${port}`, /ws:\/\//, STARTS_WITHIN_MS);
      address = /ws:[\d./:]+/.exec(gateway.text())?.[0] ?? '';
      const turn = `earshot run --once --gateway ${address} --name kitchen --state device --input sorry.wav --output null`;
      const said = await shell.run(turn, STARTS_WITHIN_MS);
      if (!said.ok) throw new Error(`the device said nothing\n${said.output}`);
    },
    async stopGateway() {
      await gateway?.end();
      gateway = undefined;
    },
    async connectDevice() {
      const daemon = `earshot run --gateway ${address} --name kitchen --input silence --output null`;
      device = await shell.startUntil(daemon, /connected/, STARTS_WITHIN_MS);
      // The cloud knows it a moment later.
      const isKnown = async () => (await shell.run('earshot control kitchen unmute', STARTS_WITHIN_MS)).ok;
      await eventually(isKnown, 'kitchen is connected');
    },
    async disconnectDevice() {
      await device?.end();
      device = undefined;
    },
    async close() {
      await world.disconnectDevice();
      await world.stopGateway();
      await sound?.stop();
      noSound.remove();
      await removeFolder(folder);
    },
  };
  return world;
}

/** The clone, as far as it is not written to, and a reader's own files. */
function createProject(folder: string): string {
  const project = join(folder, 'earshot');
  mkdirSync(project);
  for (const name of readdirSync(ROOT)) {
    if (name === '.git' || name === '.env') continue;
    if (COPIED.includes(name)) cpSync(join(ROOT, name), join(project, name), { recursive: true });
    else symlinkSync(join(ROOT, name), join(project, name));
  }
  for (const name of ['sorry.wav', 'speech.wav']) {
    cpSync(join(ROOT, 'assets', 'what-time-is-it.wav'), join(project, name));
  }
  const key = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=gateway.local', '-days', '2'];
  const files = ['-keyout', join(project, 'key.pem'), '-out', join(project, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', ...key, ...files], { stdio: 'pipe' });
  return project;
}

/** Those of this user, which stay whatever is removed here. */
async function linkModels(folder: string): Promise<string> {
  for (const name of ASSISTANT_MODELS) await testModel(name);
  const models = join(folder, 'models');
  mkdirSync(models);
  for (const name of readdirSync(testModelsFolder)) symlinkSync(join(testModelsFolder, name), join(models, name));
  return models;
}
