/**
 * The person's choices: microphone, speaker, volume, echo cancellation, and the name and pairing of this device.
 */
import { useState } from 'preact/hooks';
import { Choice } from '../../design/choice.tsx';
import { Dialog } from '../../design/dialog.tsx';
import type { ThemeControl } from '../../design/theme.ts';
import type { ListedDevice, PageState } from '../model/page-state.ts';
import type { PersonActions } from '../model/person-actions.ts';

interface Props {
  state: PageState;
  actions: Pick<PersonActions, 'change' | 'openSettings' | 'forgetPairing' | 'install'>;
  theme: ThemeControl;
}

export function SettingsDialog({ state, actions, theme }: Props) {
  const { preferences, microphones, speakers, canInstall } = state;
  const { name, token, volume, echoCancellation, microphoneId, speakerId } = preferences;
  const { change, forgetPairing, install, openSettings } = actions;
  const isPaired = token !== '';
  const percent = Math.round(volume * 100);
  return (
    <Dialog title="Settings" onClose={() => openSettings(false)}>
      <div class="stack">
        <DeviceChoice
          id="microphone"
          name="Microphone"
          devices={microphones}
          chosen={microphoneId}
          hint="They are listed after you have pressed the talk button once."
          choose={(id) => change({ microphoneId: id })}
        />
        {speakers.length > 0 && (
          <DeviceChoice
            id="speaker"
            name="Speaker"
            devices={speakers}
            chosen={speakerId}
            choose={(id) => change({ speakerId: id })}
          />
        )}
        <label class="field">
          <span class="number">Volume {percent} %</span>
          <input
            type="range"
            id="volume"
            min="0"
            max="100"
            value={percent}
            aria-valuetext={`${percent} percent`}
            onInput={(event) => change({ volume: Number(event.currentTarget.value) / 100 })}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            class="switch"
            id="echo-cancellation"
            checked={echoCancellation}
            aria-describedby="echo-hint"
            onChange={(event) => change({ echoCancellation: event.currentTarget.checked })}
          />
          <span>
            Remove echo and noise <br />
            <small class="quiet" id="echo-hint">
              With headphones you can switch it off: answers come a little sooner.
            </small>
          </span>
        </label>
        <label class="field">
          <span>Name of this device</span>
          <input
            id="device-name"
            value={name}
            maxLength={64}
            disabled={isPaired}
            autocomplete="off"
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
          <small>{isPaired ? 'It was paired with this name.' : 'The operator sees it.'}</small>
        </label>
        <ThemeChoice control={theme} />
        <p class="row">
          {canInstall && (
            <button type="button" onClick={install}>
              Install as an app
            </button>
          )}
          {isPaired && (
            <button type="button" class="danger" id="forget-pairing" onClick={forgetPairing}>
              Forget this pairing
            </button>
          )}
          <a href="licenses.txt">Licences</a>
        </p>
      </div>
    </Dialog>
  );
}

const THEME_NAMES = [
  ['auto', 'System'],
  ['dark', 'Dark'],
  ['light', 'Light'],
] as const;

function ThemeChoice({ control }: { control: ThemeControl }) {
  const [theme, setTheme] = useState(control.theme);
  return (
    <div class="field">
      <span>Colours</span>
      <Choice
        label="Colours"
        value={theme}
        options={THEME_NAMES}
        onChoose={(next) => {
          control.set(next);
          setTheme(next);
        }}
      />
    </div>
  );
}

interface ChoiceProps {
  id: string;
  name: string;
  devices: readonly ListedDevice[];
  chosen: string;
  /** Shown while there are none. */
  hint?: string;
  choose(id: string): void;
}

function DeviceChoice({ id, name, devices, chosen, hint, choose }: ChoiceProps) {
  return (
    <label class="field">
      <span>{name}</span>
      <select
        id={id}
        value={chosen}
        disabled={devices.length === 0}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        <option value="">The system’s choice</option>
        {devices.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label}
          </option>
        ))}
      </select>
      {devices.length === 0 && hint !== undefined && <small>{hint}</small>}
    </label>
  );
}
