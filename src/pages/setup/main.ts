/** The page of set-up: what a person enters goes to the device, and the page follows what becomes of it. */
import type { SetupForm, SetupStatus, SetupStep } from '../../device/setup/setup-status.ts';
import { startTheme } from '../design/theme.ts';

const POLL_MS = 1_500;
const ANSWER_MS = 30_000;
/** Values of the choice that are no names of networks: those have at least one character. */
const OTHER = '\n other';
const CABLE = '\n cable';

const find = <E extends HTMLElement>(id: string): E => {
  const element = document.getElementById(id);
  if (!element) throw new Error(`there is no #${id}`);
  return element as E;
};
const show = (id: string, isShown: boolean) => {
  find(id).hidden = !isShown;
};
const write = (id: string, text: string) => {
  find(id).textContent = text;
};

/** What the device said last; undefined before, and while it cannot be reached. */
let told: SetupStatus | undefined;
let shownNetworks = '';
/** Of the last form, while the device cannot be reached: it is trying. */
let tried: string | undefined;
/** What the device said of a form at once. */
let refusal: string | undefined;

const chosenNetwork = () =>
  document.querySelector<HTMLInputElement>('input[name=network]:checked')?.value ??
  (told?.networks.length ? '' : OTHER);

function draw(): void {
  const step: SetupStep | 'away' = told?.step ?? 'away';
  show('choose', step === 'choose');
  show('wait', step === 'joining' || step === 'searching' || step === 'away');
  show('pair', step === 'pairing');
  show('done', step === 'done');
  drawProblem(step === 'choose' ? (refusal ?? problemOf(told)) : undefined);
  if (step === 'away' || step === 'joining') drawAway();
  if (step === 'searching') wait('Looking for the gateway', 'This takes up to a minute.');
  if (!told) return;
  write('device', told.device);
  write('name', told.device);
  write('code', told.code ? `${told.code.slice(0, 3)} ${told.code.slice(3)}` : '');
  write('command', `earshot pair approve ${told.code ?? 'CODE'}`);
  if (step === 'choose') drawNetworks(told);
}

function problemOf(status: SetupStatus | undefined): string | undefined {
  return status?.error && `${status.error.message}. ${status.error.hint}`;
}

function drawProblem(text: string | undefined): void {
  const banner = find('problem');
  banner.hidden = text === undefined;
  const paragraph = banner.querySelector('p');
  if (paragraph && text !== undefined) paragraph.textContent = text;
}

function drawAway(): void {
  if (tried === undefined) return wait('Looking for the device', 'Is this phone still in the Wi-Fi of the device?');
  const again = 'If its own Wi-Fi is there again, it did not work: join that once more, and this page says why.';
  wait(
    `The device joins ${tried}`,
    `Its own Wi-Fi closes meanwhile. Join ${tried} with this phone, too, and approve the device in the console of the gateway. ${again}`,
  );
}

function wait(title: string, advice: string): void {
  write('waiting', title);
  write('advice', advice);
}

/** Only when they have changed: a person may be choosing. */
function drawNetworks({ networks, ssid, gateway }: SetupStatus): void {
  const key = JSON.stringify(networks);
  if (key !== shownNetworks) {
    shownNetworks = key;
    const rows = networks.map((network) => {
      const isPossible = network.security !== 'unsupported';
      const note = isPossible ? (network.security === 'open' ? 'open, ' : '') : 'not supported, ';
      return row(network.ssid, network.ssid, `${note}${network.signalPercent} %`, isPossible);
    });
    find('networks').replaceChildren(
      ...rows,
      row(OTHER, 'Another network', '', true),
      row(CABLE, 'None: it has a cable', '', true),
    );
    const first = ssid ?? networks.find(({ security }) => security !== 'unsupported')?.ssid ?? OTHER;
    for (const input of document.querySelectorAll<HTMLInputElement>('input[name=network]'))
      input.checked = input.value === first;
    find<HTMLInputElement>('gateway').value ||= gateway ?? '';
  }
  drawFields();
}

function row(value: string, label: string, note: string, isPossible: boolean): HTMLLIElement {
  const item = document.createElement('li');
  const outer = document.createElement('label');
  outer.className = 'check';
  const input = document.createElement('input');
  Object.assign(input, { type: 'radio', name: 'network', value, disabled: !isPossible });
  const name = document.createElement('span');
  name.className = 'clip space';
  name.textContent = label;
  const signal = document.createElement('span');
  signal.className = 'signal number';
  signal.textContent = note.trim();
  outer.append(input, name, signal);
  item.append(outer);
  return item;
}

function drawFields(): void {
  const choice = chosenNetwork();
  const isOpen = told?.networks.find(({ ssid }) => ssid === choice)?.security === 'open';
  show('other', choice === OTHER);
  show('secret', choice !== CABLE && !isOpen);
  const isKnown = choice === told?.ssid;
  find<HTMLInputElement>('password').placeholder = isKnown ? 'as entered before' : '';
}

function readForm(): SetupForm {
  const choice = chosenNetwork();
  const password = find<HTMLInputElement>('password').value;
  const gateway = find<HTMLInputElement>('gateway').value.trim();
  const ssid = choice === OTHER ? find<HTMLInputElement>('ssid').value : choice;
  return {
    ...(choice !== CABLE && { ssid }),
    ...(choice !== CABLE && !find('secret').hidden && password !== '' && { password }),
    ...(gateway !== '' && { gateway }),
  };
}

async function submit(): Promise<void> {
  const form = readForm();
  refusal = undefined;
  const response = await fetch('form', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(form),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const answer = await response.json();
  if (response.ok) {
    tried = form.ssid ?? 'the network of the cable';
    told = answer;
  } else refusal = String(answer.error);
  draw();
}

async function poll(): Promise<void> {
  try {
    const response = await fetch('status', { signal: AbortSignal.timeout(2 * POLL_MS) });
    told = await response.json();
    if (told?.step !== 'choose') refusal = undefined;
  } catch {
    // The phone has left the network of the device, or the device has.
    told = undefined;
  }
  draw();
  setTimeout(poll, POLL_MS);
}

startTheme();
find('choose').addEventListener('submit', (event) => {
  event.preventDefault();
  const button = document.querySelector('button[type=submit]');
  button?.setAttribute('aria-busy', 'true');
  submit()
    .catch(() => {
      refusal = 'The device does not answer. Is this phone still in its Wi-Fi?';
      draw();
    })
    .finally(() => button?.removeAttribute('aria-busy'));
});
find('networks').addEventListener('change', drawFields);
find('shown').addEventListener('change', (event) => {
  find<HTMLInputElement>('password').type = (event.target as HTMLInputElement).checked ? 'text' : 'password';
});
void poll();
