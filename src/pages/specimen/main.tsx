/**
 * Everything of the design language on one page: to look at, and for the tests of test/browser/design.test.ts. Not served by the gateway;
 * `npm run screenshots` takes its picture.
 */

import { type ComponentChildren, render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Choice } from '../design/choice.tsx';
import { Dialog } from '../design/dialog.tsx';
import { bytesText, clockDurationText, countText, durationText, momentText, relativeText } from '../design/formats.ts';
import { Icon } from '../design/icon.tsx';
import * as icons from '../design/icons.ts';
import { LatencyBar } from '../design/latency-bar.tsx';
import { LevelMeter, type LevelMeterHandle } from '../design/level-meter.tsx';
import { Banner, EmptyState, ErrorState, Pill, Skeleton } from '../design/states.tsx';
import { startTheme } from '../design/theme.ts';
import { ThemeButton } from '../design/theme-button.tsx';
import { showToast, Toasts } from '../design/toasts.tsx';

const STATES = ['idle', 'recording', 'streaming', 'processing', 'receiving', 'playing', 'error'];
const STAGES = [
  { stage: 'capture', label: 'capture', ms: 9.5 },
  { stage: 'packetFill', label: 'packet fill', ms: 18 },
  { stage: 'encode', label: 'encode', ms: 0.3 },
  { stage: 'uplink', label: 'uplink', ms: 2.4 },
  { stage: 'cloud', label: 'cloud', ms: 88 },
  { stage: 'downlink', label: 'downlink', ms: 25 },
  { stage: 'jitterBuffer', label: 'jitter buffer', ms: 65 },
  { stage: 'decode', label: 'decode', ms: 20, isOver: true },
  { stage: 'playback', label: 'playback', ms: 4 },
];
const NOW_MS = Date.UTC(2026, 10, 26, 12, 0, 0);

const theme = startTheme();

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="card">
      <header>
        <h2>{title}</h2>
      </header>
      <div class="stack">{children}</div>
    </section>
  );
}

function Buttons() {
  const [isBusy, setBusy] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <Section title="Buttons">
      <div class="row">
        <button type="button" class="primary" onClick={() => showToast('Saved')}>
          Save
        </button>
        <button type="button">Usual</button>
        <button type="button" class="danger" onClick={() => setOpen(true)}>
          Revoke…
        </button>
        <button type="button" class="danger primary" onClick={() => showToast('The line is cut', { tone: 'danger' })}>
          Revoke
        </button>
        <button type="button" class="bare">
          <Icon path={icons.downloadIcon} /> Export
        </button>
        <button type="button" class="bare icon-only" aria-label="Settings">
          <Icon path={icons.settingsIcon} />
        </button>
        <button type="button" aria-busy={isBusy} onClick={() => setBusy(!isBusy)}>
          Wait
        </button>
        <button type="button" disabled>
          Disabled
        </button>
        <button type="button" aria-pressed="true">
          Pressed
        </button>
      </div>
      {isOpen && (
        <Dialog
          title="Revoke kitchen?"
          onClose={close}
          actions={
            <>
              <button type="button" onClick={close}>
                Cancel
              </button>
              <button type="button" class="danger primary" onClick={close}>
                Revoke
              </button>
            </>
          }
        >
          <p>Its token is refused from now on. To use it again it must be paired.</p>
        </Dialog>
      )}
    </Section>
  );
}

function Fields() {
  const [mode, setMode] = useState<'hold' | 'tap' | 'voice'>('hold');
  return (
    <Section title="Fields">
      <label class="field">
        <span>Name</span>
        <input value="kitchen" />
        <small>Other devices see it.</small>
      </label>
      <label class="field">
        <span>Pairing code</span>
        <input value="12" aria-invalid="true" aria-describedby="code-hint" />
        <small id="code-hint">A code has six digits.</small>
      </label>
      <label class="field">
        <span>Microphone</span>
        <select>
          <option>Default: a microphone with a long name of its vendor</option>
        </select>
      </label>
      <label class="field">
        <span>Volume</span>
        <input type="range" min="0" max="100" value="70" />
      </label>
      <div class="row">
        <label class="check">
          <input type="checkbox" checked /> Keep recordings
        </label>
        <label class="check">
          <input type="checkbox" class="switch" checked /> Echo cancellation
        </label>
        <label class="check">
          <input type="checkbox" class="switch" /> Noise suppression
        </label>
      </div>
      <Choice
        label="How to talk"
        value={mode}
        onChoose={setMode}
        options={[
          ['hold', 'Hold'],
          ['tap', 'Tap'],
          ['voice', 'Voice'],
        ]}
      />
    </Section>
  );
}

function Values() {
  const meter = useRef<LevelMeterHandle>(null);
  useEffect(() => meter.current?.show(-18), []);
  return (
    <Section title="Values">
      <div class="row">
        <Pill>offline</Pill>
        <Pill tone="accent" live>
          playing
        </Pill>
        <Pill tone="info">pairing</Pill>
        <Pill tone="warning">reconnecting</Pill>
        <Pill tone="danger">revoked</Pill>
      </div>
      <LatencyBar stages={STAGES} totalMs={232} budgetMs={260} />
      <LevelMeter label="Microphone" handle={meter} />
      <progress value={0.4} aria-label="Export" />
      <progress aria-label="Connecting" />
      <ul class="swatches" aria-label="States of a conversation">
        {STATES.map((state) => (
          <li data-conversation={state} key={state}>
            {state}
          </li>
        ))}
      </ul>
      <dl class="facts">
        <dt>Last seen</dt>
        <dd>
          {relativeText(NOW_MS - 300_000, NOW_MS)} ({momentText(NOW_MS - 300_000, NOW_MS)})
        </dd>
        <dt>Recording</dt>
        <dd>
          {clockDurationText(64_000)}, {bytesText(192_400)}
        </dd>
        <dt>Answer</dt>
        <dd>{durationText(2_350)}</dd>
      </dl>
    </Section>
  );
}

function Rows() {
  return (
    <Section title="Rows">
      <ul class="list">
        {['kitchen', 'study'].map((name, at) => (
          <li key={name}>
            <button type="button" class="list-row" aria-current={at === 0}>
              <Icon path={icons.deviceIcon} />
              <span class="clip space">{name}</span>
              <Pill tone="accent">online</Pill>
            </button>
          </li>
        ))}
      </ul>
      <div class="table-frame">
        <table>
          <thead>
            <tr>
              <th>Device</th>
              <th class="number">Turns</th>
              <th class="number">p95</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <td>kitchen</td>
              <td class="number">{countText(1_024, 'turn')}</td>
              <td class="number">{durationText(412)}</td>
            </tr>
          </tbody>
        </table>
      </div>
      <Skeleton rows={2} label="Devices are read" />
    </Section>
  );
}

function Specimen() {
  return (
    <>
      <a class="skip" href="#content">
        To the content
      </a>
      <header class="app-bar">
        <a class="brand" href="#content">
          <Icon path={icons.earshotIcon} /> Earshot
        </a>
        <nav class="tabs" aria-label="Pages">
          <a href="#content" aria-current="page">
            Devices
          </a>
          <a href="#content">Conversations</a>
        </nav>
        <span class="space" />
        <ThemeButton control={theme} />
      </header>
      <main class="page stack" id="content">
        <h1>The design language</h1>
        <Banner tone="info">Tokens, base, components and icons of all pages.</Banner>
        <Banner tone="warning" action={<button type="button">Try now</button>}>
          The line to the gateway is cut. It is tried again in 3 s.
        </Banner>
        <Buttons />
        <Fields />
        <Values />
        <Rows />
        <Section title="Nothing, and failure">
          <EmptyState
            icon={icons.conversationIcon}
            title="No conversation yet"
            actions={<button type="button">Talk</button>}
          >
            Hold the button of a device and say something. It appears here at once.
          </EmptyState>
          <ErrorState
            title="The conversations could not be read"
            hint="Check that the gateway is running."
            onRetry={() => {}}
          >
            The gateway does not answer.
          </ErrorState>
        </Section>
        <Section title="Icons">
          <ul class="icons">
            {Object.entries(icons).map(([name, path]) => (
              <li key={name}>
                <Icon path={path} />
                {name}
              </li>
            ))}
          </ul>
        </Section>
      </main>
      <Toasts />
    </>
  );
}

render(<Specimen />, document.body);
