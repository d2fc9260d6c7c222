/** A field that filters a list of devices; which ones match is in device-order.ts. */

/** With fewer nobody has to search. */
const SEARCHED_FROM = 7;

interface DeviceFilterProps {
  value: string;
  /** Of the whole list. */
  devices: number;
  onChange(value: string): void;
}

export function DeviceFilter({ value, devices, onChange }: DeviceFilterProps) {
  if (devices < SEARCHED_FROM && value === '') return null;
  return (
    <input
      class="device-filter"
      type="search"
      aria-label="Filter by name, model or software"
      placeholder="Filter"
      value={value}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  );
}
