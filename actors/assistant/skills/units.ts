/**
 * Units of measurement: what they are called, and their size in the base unit of their quantity.
 */
export type Quantity = 'length' | 'mass' | 'volume' | 'temperature' | 'speed' | 'area' | 'time' | 'data';

export interface Unit {
  /** Short: for a tool's input. */
  symbol: string;
  quantity: Quantity;
  /** Spoken. */
  singular: string;
  plural: string;
  /** All that it may be called, as a group of alternatives. */
  names: string;
  /** In the base unit: metre, gram, litre, kelvin, m/s, m², second, byte. */
  factor: number;
  /** Of a temperature: what zero is in kelvin. */
  zero?: number;
}

const unit = (
  quantity: Quantity,
  symbol: string,
  singular: string,
  plural: string,
  factor: number,
  more = '',
): Unit => ({
  symbol,
  quantity,
  singular,
  plural,
  factor,
  names: [...new Set([singular, plural, ...more.split('|').filter(Boolean)])].join('|'),
});

/** @param zero in kelvin */
const degrees = (symbol: string, name: string, factor: number, zero: number, more: string): Unit => ({
  ...unit(
    'temperature',
    symbol,
    `degree ${name}`,
    `degrees ${name}`,
    factor,
    `${name.toLowerCase()}|degrees ${name.toLowerCase()}|${more}`,
  ),
  names: `degrees ${name.toLowerCase()}|degree ${name.toLowerCase()}|${name.toLowerCase()}|${more}`,
  zero,
});

const MILE_M = 1_609.344;
const FOOT_M = 0.3048;
const GALLON_L = 3.785411784;

/** International and US customary units, exact by definition (NIST SP 811). */
export const UNITS: readonly Unit[] = [
  unit('length', 'mm', 'millimeter', 'millimeters', 0.001, 'millimetre|millimetres|mm'),
  unit('length', 'cm', 'centimeter', 'centimeters', 0.01, 'centimetre|centimetres|cm'),
  unit('length', 'm', 'meter', 'meters', 1, 'metre|metres|m'),
  unit(
    'length',
    'km',
    'kilometer',
    'kilometers',
    1_000,
    'kilometre|kilometres|km|kilo meters|kilo meter|~columbia|~columbias|~calamiters|~kalan maters|~the laminators|~kill a meters',
  ),
  unit('length', 'in', 'inch', 'inches', 0.0254, ''),
  unit('length', 'ft', 'foot', 'feet', FOOT_M, 'ft|feed|fit'),
  unit('length', 'yd', 'yard', 'yards', 0.9144, 'yd'),
  unit('length', 'mi', 'mile', 'miles', MILE_M, 'mi'),
  unit('length', 'nmi', 'nautical mile', 'nautical miles', 1_852),
  unit('mass', 'mg', 'milligram', 'milligrams', 0.001, 'mg'),
  unit('mass', 'g', 'gram', 'grams', 1, 'gramme|grammes|g|graham|grahams'),
  unit('mass', 'kg', 'kilogram', 'kilograms', 1_000, 'kilo|kilos|kg|kilo grams|~can kill a grams|~kill a grams'),
  unit('mass', 't', 'ton', 'tons', 1_000_000, 'tonne|tonnes|metric ton|metric tons'),
  unit('mass', 'oz', 'ounce', 'ounces', 28.349523125, 'oz'),
  unit('mass', 'lb', 'pound', 'pounds', 453.59237, 'lb|lbs|pounce'),
  unit('mass', 'st', 'stone', 'stones', 6_350.29318),
  unit('volume', 'ml', 'milliliter', 'milliliters', 0.001, 'millilitre|millilitres|ml|milli liters'),
  unit('volume', 'cl', 'centiliter', 'centiliters', 0.01, 'centilitre|centilitres|cl'),
  unit('volume', 'l', 'liter', 'liters', 1, 'litre|litres|l|leader|leaders|leter'),
  unit('volume', 'tsp', 'teaspoon', 'teaspoons', GALLON_L / 768, 'tea spoon|tea spoons|tsp'),
  unit('volume', 'tbsp', 'tablespoon', 'tablespoons', GALLON_L / 256, 'table spoon|table spoons|tbsp'),
  unit('volume', 'fl oz', 'fluid ounce', 'fluid ounces', GALLON_L / 128, 'floz'),
  unit('volume', 'cup', 'cup', 'cups', GALLON_L / 16),
  unit('volume', 'pt', 'pint', 'pints', GALLON_L / 8),
  unit('volume', 'qt', 'quart', 'quarts', GALLON_L / 4),
  unit('volume', 'gal', 'gallon', 'gallons', GALLON_L, 'gal'),
  unit('speed', 'm/s', 'meter per second', 'meters per second', 1, 'metres per second|metre per second'),
  unit(
    'speed',
    'km/h',
    'kilometer per hour',
    'kilometers per hour',
    1 / 3.6,
    'kilometres per hour|kmh|kilometers an hour',
  ),
  unit('speed', 'mph', 'mile per hour', 'miles per hour', MILE_M / 3_600, 'mph|miles an hour'),
  unit('speed', 'kn', 'knot', 'knots', 1_852 / 3_600),
  unit('area', 'm²', 'square meter', 'square meters', 1, 'square metre|square metres'),
  unit('area', 'km²', 'square kilometer', 'square kilometers', 1e6, 'square kilometre|square kilometres'),
  unit('area', 'ft²', 'square foot', 'square feet', FOOT_M ** 2),
  unit('area', 'mi²', 'square mile', 'square miles', MILE_M ** 2),
  unit('area', 'ha', 'hectare', 'hectares', 10_000),
  unit('area', 'ac', 'acre', 'acres', 4_046.8564224),
  unit('time', 'ms', 'millisecond', 'milliseconds', 0.001, 'ms'),
  unit('time', 's', 'second', 'seconds', 1),
  unit('time', 'min', 'minute', 'minutes', 60),
  unit('time', 'h', 'hour', 'hours', 3_600),
  unit('time', 'd', 'day', 'days', 86_400),
  unit('time', 'wk', 'week', 'weeks', 604_800),
  unit('time', 'yr', 'year', 'years', 365.25 * 86_400),
  unit('data', 'bit', 'bit', 'bits', 0.125),
  unit('data', 'B', 'byte', 'bytes', 1, 'bite|bites'),
  unit('data', 'kB', 'kilobyte', 'kilobytes', 1e3, 'kilo bytes|kb'),
  unit('data', 'MB', 'megabyte', 'megabytes', 1e6, 'mega bytes|mb|mega byte'),
  unit('data', 'GB', 'gigabyte', 'gigabytes', 1e9, 'giga bytes|gb|giga byte'),
  unit('data', 'TB', 'terabyte', 'terabytes', 1e12, 'tera bytes|tb|tera byte'),
  degrees('°C', 'Celsius', 1, 273.15, 'centigrade|degrees centigrade|~sell c s|~sell see us'),
  degrees(
    '°F',
    'Fahrenheit',
    5 / 9,
    459.67 * (5 / 9),
    '~fair night|~degrees fair night|~foreign height|~fair and height|~degrees fair and height|~per and high|~fair in height|~foreign hide',
  ),
  degrees('K', 'Kelvin', 1, 0, 'kelvins'),
];

/** @param amount in `from`; both units must measure the same */
export function converted(amount: number, from: Unit, to: Unit): number {
  const value = (amount * from.factor + (from.zero ?? 0) - (to.zero ?? 0)) / to.factor;
  // What is left of the difference of two large numbers is no result.
  return from.zero === undefined ? value : Math.round(value * 1e9) / 1e9;
}

/** By its symbol or a name, as a language model writes it. */
export function findUnit(text: string): Unit | undefined {
  const trimmed = text.trim();
  const lower = trimmed.toLowerCase().replace(/[.°]/g, '').replace(/2$/, '²');
  return (
    UNITS.find(({ symbol }) => symbol === trimmed) ??
    UNITS.find(({ symbol }) => symbol.toLowerCase().replace('°', '') === lower) ??
    UNITS.find(({ names }) => names.split('|').includes(lower.replace(/\s+/g, ' ')))
  );
}
