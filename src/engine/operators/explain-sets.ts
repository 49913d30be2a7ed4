import { compareText } from '../kernels/bytes.ts';
import { roundTo } from '../kernels/decimal.ts';

/** A combination of field values that is more frequent among the event rows. */
export interface Explanation {
  /** `field=value` pairs, in the order of the fields. */
  readonly pairs: readonly string[];
  /** 0 to 1: t / (t + c) of the two coverages. */
  readonly relevance: number;
  /** Percent of event rows and of control rows that have all pairs. */
  readonly testCoverage: number;
  readonly controlCoverage: number;
}

/** The values of one row by field; null where it has none. */
export type RowValues = readonly (string | null)[];

const MOST_PAIRS = 4;
const LEAST_SUPPORT = 0.05;
const LEAST_RELEVANCE = 0.1;

/** Equal rows once, with how often they occur. */
interface Distinct {
  readonly items: readonly string[];
  event: number;
  control: number;
}

/**
 * Mines combinations of up to four field values that at least 5 % of event rows have (R. Agrawal and
 * R. Srikant, "Fast Algorithms for Mining Association Rules", 1994: a combination is looked at only if
 * its parts are frequent) and ranks them by relevance.
 */
export function explainSets(
  fields: readonly string[],
  event: readonly RowValues[],
  control: readonly RowValues[],
): readonly Explanation[] {
  if (event.length === 0) return [];
  const rows = distinctRows(fields, event, control);
  const least = event.length * LEAST_SUPPORT;
  const found: { pairs: readonly string[]; event: number; control: number }[] = [];
  let frequent: ReadonlySet<string> = new Set(['[]']);
  for (let size = 1; size <= MOST_PAIRS && frequent.size > 0; size++) {
    const counts = countCombinations(rows, size, frequent);
    const kept = [...counts].filter(([, count]) => count.event >= least && count.event > 0);
    frequent = new Set(kept.map(([key]) => key));
    for (const [key, count] of kept) found.push({ pairs: JSON.parse(key) as string[], ...count });
  }
  return shownOf(found.map((each) => ranked(each, event.length, control.length)));
}

function distinctRows(
  fields: readonly string[],
  event: readonly RowValues[],
  control: readonly RowValues[],
): Distinct[] {
  const byKey = new Map<string, Distinct>();
  const add = (values: RowValues, side: 'event' | 'control') => {
    const items = values.flatMap((value, at) => (value === null ? [] : [`${fields[at]}=${value}`]));
    const key = JSON.stringify(items);
    const known = byKey.get(key) ?? { items, event: 0, control: 0 };
    known[side]++;
    byKey.set(key, known);
  };
  for (const values of event) add(values, 'event');
  for (const values of control) add(values, 'control');
  return [...byKey.values()];
}

/** How often each combination of `size` pairs occurs whose first `size - 1` pairs are frequent. */
function countCombinations(rows: readonly Distinct[], size: number, frequent: ReadonlySet<string>) {
  const counts = new Map<string, { event: number; control: number }>();
  for (const { items, event, control } of rows) {
    for (const combination of combinations(items, size, frequent)) {
      const key = JSON.stringify(combination);
      const known = counts.get(key) ?? { event: 0, control: 0 };
      known.event += event;
      known.control += control;
      counts.set(key, known);
    }
  }
  return counts;
}

function* combinations(
  items: readonly string[],
  size: number,
  frequent: ReadonlySet<string>,
  chosen: readonly string[] = [],
  from = 0,
): Generator<readonly string[]> {
  if (chosen.length === size - 1 && !frequent.has(JSON.stringify(chosen))) return;
  for (let at = from; at < items.length; at++) {
    const next = [...chosen, items[at] as string];
    if (next.length === size) yield next;
    else yield* combinations(items, size, frequent, next, at + 1);
  }
}

function ranked(
  { pairs, event, control }: { pairs: readonly string[]; event: number; control: number },
  eventRows: number,
  controlRows: number,
): Explanation {
  const test = event / eventRows;
  const other = controlRows === 0 ? 0 : control / controlRows;
  const relevance = test === 1 && other === 1 ? 0 : test / (test + other);
  return { pairs, relevance, testCoverage: test, controlCoverage: other };
}

/** Relevant and common enough, most relevant first; each has a pair that those before it do not have. */
function shownOf(all: readonly Explanation[]): readonly Explanation[] {
  const sorted = all
    .filter(({ relevance, testCoverage }) => testCoverage > LEAST_SUPPORT && relevance > LEAST_RELEVANCE)
    .toSorted(
      (a, b) =>
        b.relevance - a.relevance ||
        b.pairs.length - a.pairs.length ||
        b.testCoverage - a.testCoverage ||
        compareText(a.pairs.join(), b.pairs.join()),
    );
  const seen = new Set<string>();
  const shown: Explanation[] = [];
  for (const explanation of sorted) {
    if (explanation.pairs.every((pair) => seen.has(pair))) continue;
    for (const pair of explanation.pairs) seen.add(pair);
    shown.push({
      pairs: explanation.pairs,
      relevance: roundTo(explanation.relevance, 3),
      testCoverage: roundTo(explanation.testCoverage * 100, 1),
      controlCoverage: roundTo(explanation.controlCoverage * 100, 1),
    });
  }
  return shown;
}
