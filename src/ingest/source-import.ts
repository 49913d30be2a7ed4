import { member } from './json-values.ts';

/**
 * The cloud product's JSON form of a source (`{"api.version":"v1","source":{…}}` or its inside) in the
 * shape of our own files; null when the value is no such form.
 */
export function importedSource(value: unknown): object | null {
  const source = member(value, 'source') ?? value;
  if (typeof member(source, 'sourceType') !== 'string') return null;
  const get = (key: string) => member(source, key);
  const category = get('category');
  const filters = get('filters');
  return {
    category,
    // The source's own name is no message's source name.
    host: get('hostName'),
    fields: visibleFields(get('fields')),
    encoding: get('encoding'),
    timestamp: {
      enabled: get('automaticDateParsing') !== false || Array.isArray(get('defaultDateFormats')),
      automatic: get('automaticDateParsing') !== false,
      formats: get('defaultDateFormats'),
      timeZone: get('timeZone'),
      forceTimeZone: get('forceTimeZone'),
    },
    multiline: importedMultiline(get),
    processingRules: Array.isArray(filters)
      ? filters.map((filter: unknown) => importedFilter(filter, get('hashAlgorithm')))
      : undefined,
    cutoff: get('cutoffTimestamp') ?? get('cutoffRelativeTime'),
  };
}

/** Fields that start with `_` are switches of the cloud product, not fields of messages. */
function visibleFields(fields: unknown): unknown {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return fields;
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !name.startsWith('_')));
}

function importedMultiline(get: (key: string) => unknown): unknown {
  if (get('messagePerRequest') === true) return 'request';
  if (get('multilineProcessingEnabled') === false) return 'off';
  const boundary = get('manualPrefixRegexp');
  if (get('useAutolineMatching') === false && typeof boundary === 'string' && boundary !== '') {
    return { boundary };
  }
  return 'inferred';
}

function importedFilter(filter: unknown, algorithm: unknown): object {
  const type = member(filter, 'filterType');
  return {
    type: typeof type === 'string' ? type.toLowerCase() : type,
    name: member(filter, 'name'),
    regex: member(filter, 'regexp'),
    mask: member(filter, 'mask'),
    ...(algorithm === undefined ? {} : { algorithm }),
  };
}
