/**
 * The settings of a device. What a person has written stands until it is saved or discarded; the rest follows what others set.
 */
import { useMutation } from 'convex/react';
import { useId, useState } from 'preact/hooks';
import { showToast } from '../../design/toasts.tsx';
import { api } from '../shell/api.ts';
import { useAttempt } from '../shell/attempt.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { FailureNotice } from '../shell/failure-view.tsx';
import type { DeviceOverview } from './device-standing.tsx';
import { combined, problemOf, SETTING_GROUPS, type SettingField } from './settings-fields.ts';

const OWN = 'as the device has it';
const FIELDS = SETTING_GROUPS.flatMap(({ fields }) => fields);

export function SettingsForm({ device: { name, isOnline, settings } }: { device: DeviceOverview }) {
  const isOperator = useIsOperator();
  const [written, setWritten] = useState<Record<string, string>>({});
  const set = useMutation(api.settings.set);
  const { isBusy, failure, run, forget } = useAttempt();
  const changed = FIELDS.filter(({ name, read }) => written[name] !== undefined && written[name] !== read(settings));
  const isWrong = changed.some((field) => problemOf(field, written[field.name] ?? '') !== undefined);
  const write = (field: SettingField, text: string) => setWritten((before) => ({ ...before, [field.name]: text }));
  const discard = () => {
    forget();
    setWritten({});
  };
  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (isWrong) return;
    const changes = combined(changed.map(({ name, change }) => change(written[name] ?? '')));
    if (!(await run(() => set({ device: name, settings: changes })))) return;
    setWritten({});
    showToast(isOnline ? `Saved. ${name} uses it now` : `Saved. ${name} gets it when it connects`);
  }
  return (
    <form class="card stack" aria-labelledby="settings" onSubmit={(event) => void save(event)} noValidate>
      <div>
        <h2 id="settings">Settings</h2>
        <p class="quiet">What is empty is as the device has it.</p>
      </div>
      {SETTING_GROUPS.map(({ title, fields }) => (
        <fieldset key={title} class="setting-group" disabled={!isOperator}>
          <legend>{title}</legend>
          {fields.map((field) => (
            <Setting
              key={field.name}
              field={field}
              value={written[field.name] ?? field.read(settings)}
              onWrite={(text) => write(field, text)}
            />
          ))}
        </fieldset>
      ))}
      <FailureNotice failure={failure} />
      {isOperator && changed.length > 0 && (
        <div class="row save-row">
          <span class="quiet">{changed.length === 1 ? 'One change' : `${changed.length} changes`}</span>
          <span class="space" />
          <button type="button" onClick={discard}>
            Discard
          </button>
          <button type="submit" class="primary" aria-busy={isBusy} disabled={isWrong}>
            Save
          </button>
        </div>
      )}
    </form>
  );
}

function Setting({ field, value, onWrite }: { field: SettingField; value: string; onWrite(text: string): void }) {
  const { name, label, kind, choices = [], min, max, step } = field;
  const id = useId();
  const problem = problemOf(field, value);
  const hint = problem ?? field.hint;
  const common = {
    id,
    name,
    value,
    'aria-invalid': problem !== undefined,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) => onWrite(currentTarget.value),
  };
  return (
    <label for={id} class={kind === 'long' ? 'field whole' : 'field'}>
      <span>{label}</span>
      {kind === 'choice' ? (
        <select {...common}>
          <option value="">{OWN}</option>
          {choices.map(([each, words]) => (
            <option key={each} value={each}>
              {words}
            </option>
          ))}
        </select>
      ) : kind === 'long' ? (
        <textarea {...common} rows={3} placeholder={OWN} />
      ) : (
        <input
          {...common}
          {...{ min, max, step }}
          inputMode={kind === 'number' ? 'decimal' : 'text'}
          placeholder={OWN}
        />
      )}
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}
