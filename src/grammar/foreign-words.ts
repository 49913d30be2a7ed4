/** How to write what a word of another query language does, as first word of a stage. */
const STAGES: ReadonlyMap<string, string> = new Map([
  ['stats', 'write the aggregates themselves: `count, sum(bytes) by host`'],
  ['timechart', 'write `timeslice 1h | count by _timeslice`'],
  ['group', 'write an aggregate before `by`: `count by host`'],
  ['eval', 'write the value first: `bytes / 1Ki as kb`'],
  ['extend', 'write the value first: `bytes / 1Ki as kb`'],
  ['let', 'write the value first: `bytes / 1Ki as kb`'],
  ['rename', 'write `old as new`'],
  ['rex', 'write `parse regex "(?<name>…)"`'],
  ['grok', 'write `parse regex "(?<name>…)"`'],
  ['spath', 'write `json "path" as name`'],
  ['head', 'write `limit 10`'],
  ['tail', 'write `sort by _messageTime asc | limit 10` for the oldest'],
  ['take', 'write `limit 10`'],
  ['select', 'write `fields a, b`'],
  ['project', 'write `fields a, b`'],
  ['table', 'write `fields a, b`'],
  ['distinct', 'write `dedup a`, or `count by a`'],
  ['search', 'words to search for stand before the first `|`; filter with `where`'],
  ['grep', 'words to search for stand before the first `|`; filter with `where _raw matches "*word*"`'],
]);

/** How to write what a word between two operands does. */
const OPERATORS: ReadonlyMap<string, string> = new Map([
  ['like', 'write `matches "*part*"`; `*` stands for any text'],
  ['is', 'write `isNull(field)` or `!isNull(field)`'],
  ['between', 'write `field >= 1 and field <= 5`'],
]);

/** Help for who comes from another language; undefined for a word that none of them has. */
export function foreignStage(word: string): string | undefined {
  return STAGES.get(word.toLowerCase());
}

export function foreignOperator(word: string): string | undefined {
  return OPERATORS.get(word.toLowerCase());
}
