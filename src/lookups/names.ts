/** What kind of table a name stands for; it decides how a file for it is read. */
export type LookupKind = 'geo' | 'asn' | 'threat' | 'path' | 'classic';

/**
 * The one spelling of a table's name: schemes in lower case, without quotes; `geo://default` is
 * `geo://location`; `path://` names in lower case, since they ignore letter case.
 */
export function canonicalName(name: string): string {
  const bare = name.trim().replaceAll('"', '');
  const lower = bare.toLowerCase();
  if (lower === 'geo://default' || lower === 'geo://location') return 'geo://location';
  if (/^(asn|sumo|path):\/\//.test(lower)) return lower;
  if (lower.startsWith('https://')) return withoutCredentials(bare);
  return bare.replace(/^\/+/, '');
}

/** Addresses of CSV files may carry a user and password; they are not part of the name. */
function withoutCredentials(url: string): string {
  return url.replace(/^https:\/\/[^/@]*@/i, 'https://').replace(/^https:/i, 'https:');
}

/** The kind of a canonical name. */
export function kindOf(name: string): LookupKind {
  if (name.startsWith('geo://')) return 'geo';
  if (name.startsWith('asn://')) return 'asn';
  if (name.startsWith('sumo://threat/')) return 'threat';
  return name.startsWith('path://') ? 'path' : 'classic';
}

/** The last part of an `https://` name: `protocol-numbers.csv`; null for other names. */
export function fileNameOf(name: string): string | null {
  if (!name.startsWith('https://')) return null;
  return (
    name
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) ?? null
  );
}
